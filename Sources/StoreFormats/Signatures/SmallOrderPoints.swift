/// The encodings of Ed25519's points whose order divides 8.
///
/// Under a key that is one of them a signature can be made without any secret. The list is the one that libsodium
/// refuses: canonical and non-canonical encodings, compared without the sign bit.
package enum SmallOrderPoints {
    private static let ySmall = (
        order8a: "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        order8b: "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"
    )

    private static let encodings: Set<[UInt8]> = {
        let middle = String(repeating: "ff", count: 30)
        let texts = [
            // Order 4: y = 0; order 1: y = 1.
            String(repeating: "00", count: 32),
            "01" + String(repeating: "00", count: 31),
            ySmall.order8a,
            ySmall.order8b,
            // Order 2: y = p - 1; and p, p + 1, which are 0 and 1 again.
            "ec" + middle + "7f",
            "ed" + middle + "7f",
            "ee" + middle + "7f",
        ]
        return Set(texts.compactMap { try? Base16.decode($0) })
    }()

    /// Whether an encoding is one of them; what has not 32 bytes is none.
    package static func contains(_ point: [UInt8]) -> Bool {
        guard point.count == 32 else { return false }
        var unsigned = point
        unsigned[31] &= 0x7f
        return encodings.contains(unsigned)
    }
}
