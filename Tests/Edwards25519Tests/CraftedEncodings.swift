@testable import Edwards25519

/// Bytes that decoders and comparisons have got wrong elsewhere.
enum CraftedEncodings {
    /// Points of small order in all their spellings, numbers next to 0 and p, reduced and not, with both signs.
    static let points: [[UInt8]] = {
        var points = EdwardsPoint.smallOrder.map(\.encoded.littleEndianBytes)
        points += points.map { Array($0.dropLast()) + [$0[31] ^ 0x80] }
        for low: UInt8 in 0...19 {
            for sign: UInt8 in [0, 0x80] {
                points.append([low] + [UInt8](repeating: 0, count: 30) + [sign])
                // From p − 1 downwards, and from p to 2^255 − 1.
                points.append([0xEC - low] + [UInt8](repeating: 0xFF, count: 30) + [0x7F | sign])
                if low < 19 { points.append([0xED + low] + [UInt8](repeating: 0xFF, count: 30) + [0x7F | sign]) }
            }
        }
        return points
    }()

    /// Numbers next to 0, n, 2^252 and p, and far above.
    static let numbers = [
        Words256(0, 0, 0, 0), Words256(1, 0, 0, 0), Words256(8, 0, 0, 0), Scalar.order,
        Words256(Scalar.order.w0 - 1, Scalar.order.w1, 0, 1 << 60),
        Words256(Scalar.order.w0 + 1, Scalar.order.w1, 0, 1 << 60), Words256(0, 0, 0, 1 << 60),
        Words256(.max, .max, .max, 1 << 60 - 1), Words256(0, 0, 0, 1 << 61), Words256(0, 0, 0, 1 << 63),
        Words256(.max, .max, .max, .max), ModularInverse.fieldOrder,
    ]
}
