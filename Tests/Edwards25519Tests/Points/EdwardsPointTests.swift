import TestSupport
import Testing

@testable import Edwards25519

@Suite struct EdwardsPointTests {
    private static let some: [EdwardsPoint] = {
        var random = SeededGenerator(seed: 6)
        let multiples = (0..<4).map { _ in EdwardsPoint.base.slowMultiple(Scalar.random(&random).words) }
        let mixed = multiples.map { $0 + ReadyPoint(EdwardsPoint.smallOrder[1]) }
        return multiples + mixed + EdwardsPoint.smallOrder + [.base]
    }()

    /// X·Y = Z·T and (−X² + Y²)·Z² = Z⁴ + d·X²·Y².
    private static func isOnCurve(_ point: EdwardsPoint) -> Bool {
        let (xx, yy, zz) = (point.x.squared, point.y.squared, point.z.squared)
        let right = zz.squared + FieldElement.d * xx * yy
        return !point.z.isZero && (point.x * point.y - point.z * point.t).isZero
            && ((yy - xx) * zz - right.tightened).isZero
    }

    private static func negated(_ point: EdwardsPoint) -> EdwardsPoint {
        EdwardsPoint(x: -point.x, y: point.y, z: point.z, t: -point.t)
    }

    @Test func basePointIsThatOfTheSpecification() {
        #expect(
            EdwardsPoint.base.encoded.littleEndianBytes
                == bytes("5866666666666666666666666666666666666666666666666666666666666666"))
        #expect(Self.isOnCurve(.base))
        #expect(EdwardsPoint.base.slowMultiple(Scalar.order).isEqual(to: .neutral))
    }

    @Test func additionHasNoExceptions() {
        for left in Self.some {
            #expect(Self.isOnCurve(left))
            #expect(Self.isOnCurve(left.doubled))
            #expect(left.doubled.isEqual(to: left + ReadyPoint(left)))
            #expect((left + ReadyPoint(Self.negated(left))).isEqual(to: .neutral))
            #expect((left + ReadyPoint(.neutral)).isEqual(to: left))
            for right in Self.some {
                let sum = left + ReadyPoint(right)
                #expect(Self.isOnCurve(sum))
                #expect(sum.isEqual(to: right + ReadyPoint(left)))
                #expect((sum + ReadyPoint(Self.negated(right))).isEqual(to: left))
                // The other two additions say the same.
                let entry = AffineMultiple.entries([right])[0]
                var other = left
                other.add(entry, negated: false)
                #expect(other.isEqual(to: sum))
                other.add(entry, negated: true)
                #expect(other.isEqual(to: left))
                #expect(Self.isOnCurve(other))
            }
        }
    }

    @Test func encodingAndDecodingAreInverse() throws {
        for point in Self.some {
            let decoded = try #require(EdwardsPoint(point.encoded))
            #expect(decoded.isEqual(to: point))
            #expect(Self.isOnCurve(decoded))
            #expect(decoded.encoded == point.encoded)
        }
    }

    /// The lists that libraries keep: canonical and not, without the sign.
    @Test(arguments: [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ])
    func knowsSmallOrder(text: String) throws {
        var key = bytes(text)
        for sign: UInt8 in [0, 0x80] {
            key[31] = key[31] & 0x7F | sign
            #expect(EdwardsPublicKey.isSmallOrder(key))
            let point = try #require(Words256(littleEndian: key).flatMap { EdwardsPoint($0) })
            #expect(point.doubled.doubled.doubled.isEqual(to: .neutral))
            #expect(EdwardsPoint.smallOrder.contains { $0.isEqual(to: point) })
        }
    }

    @Test func othersAreNotOfSmallOrder() {
        var random = SeededGenerator(seed: 7)
        for point in Self.some {
            #expect(
                EdwardsPublicKey.isSmallOrder(point.encoded.littleEndianBytes)
                    == point.doubled.doubled.doubled.isEqual(to: .neutral))
        }
        for _ in 0..<50 { #expect(!EdwardsPublicKey.isSmallOrder(Words256.random(&random).littleEndianBytes)) }
        // y of 2 and of p − 2 are on the curve or not, but not of small order.
        #expect(!EdwardsPublicKey.isSmallOrder([2] + [UInt8](repeating: 0, count: 31)))
        #expect(!EdwardsPublicKey.isSmallOrder([]))
        #expect(!EdwardsPublicKey.isSmallOrder([UInt8](repeating: 0, count: 31)))
    }

    @Test(arguments: 2...8) func tablesMultiplyByIntegers(width: Int) {
        var random = SeededGenerator(seed: 8)
        let scalars =
            [
                Words256(0, 0, 0, 0), Words256(1, 0, 0, 0), Words256(Scalar.order.w0 - 1, Scalar.order.w1, 0, 1 << 60),
                Words256(0, 0, 0, 1 << 60), Words256(.max, .max, .max, 1 << 60 - 1),
                Words256(0x8888_8888_8888_8888, 0x8888_8888_8888_8888, 0x8888_8888_8888_8888, 0x0888_8888_8888_8888),
                Words256(0x8080_8080_8080_8080, 0x8080_8080_8080_8080, 0x8080_8080_8080_8080, 0x0080_8080_8080_8080),
            ].compactMap { Scalar($0) } + (0..<6).map { _ in Scalar.random(&random) }
        #expect(scalars.count == 13)
        // One that the base point does not generate: no multiple of the order may be left out.
        let point = EdwardsPoint.base.doubled + ReadyPoint(EdwardsPoint.smallOrder[1])
        let table = MultipleTable(of: point, width: width)
        for scalar in scalars {
            var sum = EdwardsPoint.neutral
            table.add(scalar, negated: false, to: &sum)
            #expect(sum.isEqual(to: point.slowMultiple(scalar.words)), "\(scalar)")
            #expect(Self.isOnCurve(sum))
            table.add(scalar, negated: true, to: &sum)
            #expect(sum.isEqual(to: .neutral))
        }
    }
}
