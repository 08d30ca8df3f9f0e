import TestSupport
import Testing

@testable import Edwards25519

/// The signatures of Guix. Tests/GuixFormatsTests compares with libgcrypt.
@Suite struct ECDSATests {
    /// A signature that `guix publish` 1.5 made with libgcrypt, over the SHA-256 of a narinfo.
    private static let digest = bytes("C830EEA22C03D6C959C8267FF4A27F20754BF93D2DAE4F4D959F593E1F4CD937")
    private static let r = bytes("022E531C6C8C15D7C56B7DCB92324D0FE06C1681D8594FD31FF71B6E4171F0A2")
    private static let s = bytes("06C36B64F6C112C3BB877CEB04FABD65C73BF361AF0071F9C1EBDD4953FEF80F")
    private static let q = bytes("814F8C3908A31D68C36FE2400E4A25C6A9FB9F83BC88108F10CEBEB630D026BF")

    @Test func takesWhatGuixSigned() throws {
        let key = try #require(EdwardsPublicKey(Self.q))
        #expect(key.isValidECDSA(r: Self.r, s: Self.s, digest: Self.digest))
        #expect(key.isValidECDSA(r: [0, 0] + Self.r, s: [0] + Self.s, digest: Self.digest))
    }

    @Test func refusesEveryChangedByte() throws {
        let key = try #require(EdwardsPublicKey(Self.q))
        for index in 0..<32 {
            var damaged = Self.r
            damaged[index] ^= 1
            #expect(!key.isValidECDSA(r: damaged, s: Self.s, digest: Self.digest))
            damaged = Self.s
            damaged[index] ^= 1
            #expect(!key.isValidECDSA(r: Self.r, s: damaged, digest: Self.digest))
            damaged = Self.digest
            // Of the last byte the upper five bits count.
            damaged[index] ^= 8
            #expect(!key.isValidECDSA(r: Self.r, s: Self.s, digest: damaged))
            damaged = Self.q
            damaged[index] ^= 1
            #expect(EdwardsPublicKey(damaged)?.isValidECDSA(r: Self.r, s: Self.s, digest: Self.digest) != true)
        }
        var tail = Self.digest
        tail[31] ^= 7
        #expect(key.isValidECDSA(r: Self.r, s: Self.s, digest: tail))
    }

    @Test func numbersAreFromOneToTheOrder() throws {
        let key = try #require(EdwardsPublicKey(Self.q))
        let order = Scalar.order
        for number in CraftedEncodings.numbers.map(\.bigEndianBytes) + [[], [0], [UInt8](repeating: 0xFF, count: 33)] {
            #expect(!key.isValidECDSA(r: number, s: Self.s, digest: Self.digest))
            #expect(!key.isValidECDSA(r: Self.r, s: number, digest: Self.digest))
            #expect(!key.isValidECDSA(r: number, s: number, digest: Self.digest))
        }
        let r = try #require(Words256(bigEndian: Self.r))
        let s = try #require(Words256(bigEndian: Self.s))
        #expect(
            !key.isValidECDSA(
                r: r.addingReportingOverflow(order).sum.bigEndianBytes, s: Self.s, digest: Self.digest))
        #expect(
            !key.isValidECDSA(
                r: Self.r, s: s.addingReportingOverflow(order).sum.bigEndianBytes, digest: Self.digest))
        #expect(
            !key.isValidECDSA(
                r: Self.r, s: order.subtractingReportingOverflow(s).difference.bigEndianBytes, digest: Self.digest))
        #expect(!key.isValidECDSA(r: Self.r, s: Self.s, digest: Self.digest.dropLast()))
        #expect(!key.isValidECDSA(r: Self.r, s: Self.s, digest: Self.digest + [0]))
        #expect(!key.isValidECDSA(r: Self.r, s: Self.s, digest: []))
    }

    /// x modulo n has up to eight x below p, and each must do.
    @Test func takesEveryXThatIsCongruent() throws {
        var random = SeededGenerator(seed: 9)
        let secret = Scalar.random(&random)
        let point = EdwardsPoint.base.slowMultiple(secret.words)
        let key = try #require(EdwardsPublicKey(point.encoded.littleEndianBytes))
        var quotients: Set<UInt64> = []
        for _ in 0..<24 {
            let digest = Words256.random(&random).bigEndianBytes
            let e = Scalar(reducing: try #require(Words256(bigEndian: digest)).shiftedRight3)
            let nonce = Scalar.random(&random)
            let sum = EdwardsPoint.base.slowMultiple(nonce.words)
            let x = (sum.x * sum.z.inverse).canonical
            let r = Scalar(reducing: x)
            let s = nonce.inverse * (e + r * secret)
            #expect(key.isValidECDSA(r: r.words.bigEndianBytes, s: s.words.bigEndianBytes, digest: digest))
            // x itself is a number over n then, unless it is r.
            #expect(
                key.isValidECDSA(r: x.bigEndianBytes, s: s.words.bigEndianBytes, digest: digest) == (x == r.words))
            quotients.insert(x.w3 >> 60)
        }
        #expect(quotients.count >= 6)
    }

    /// libgcrypt refuses numbers that are not reduced, and zero with a sign; on short coordinates it ends the program.
    @Test func takesCanonicalKeysOnly() throws {
        var taken = 0
        for encoding in CraftedEncodings.points where EdwardsPublicKey.isSmallOrder(encoding) {
            let key = try #require(EdwardsPublicKey(encoding))
            // With the neutral point as a key: 1·B + r·A = B for who does not look at the key's bytes.
            let r = Scalar(reducing: (EdwardsPoint.base.x * EdwardsPoint.base.z.inverse).canonical)
            let one = [UInt8](repeating: 0, count: 31) + [8]
            let isValid = key.isValidECDSA(r: r.words.bigEndianBytes, s: [1], digest: one)
            // Of small order, those of order 8 have long coordinates.
            let isCanonical =
                Words256(littleEndian: encoding).flatMap { EdwardsPoint($0) }?.encoded
                == Words256(littleEndian: encoding)
            #expect(key.isForECDSA == (isCanonical && EdwardsPublicKey.hasLongCoordinates(encoding)))
            #expect(!isValid || key.isForECDSA)
            taken += key.isForECDSA ? 1 : 0
        }
        // Each of the four twice in the list.
        #expect(taken == 8)
    }

    @Test func shortCoordinatesAreFound() throws {
        #expect(EdwardsPublicKey.hasLongCoordinates(Self.q))
        #expect(!EdwardsPublicKey.hasLongCoordinates([]))
        #expect(!EdwardsPublicKey.hasLongCoordinates([3] + [UInt8](repeating: 0, count: 31)))
        // y = p − 1, where x is 0.
        let x0 = try #require(
            EdwardsPoint.smallOrder.first { $0.doubled.isEqual(to: .neutral) && !$0.isEqual(to: .neutral) })
        #expect(!EdwardsPublicKey.hasLongCoordinates(x0.encoded.littleEndianBytes))
    }
}

extension Words256 {
    fileprivate var shiftedRight3: Words256 {
        Words256(w0 >> 3 | w1 << 61, w1 >> 3 | w2 << 61, w2 >> 3 | w3 << 61, w3 >> 3)
    }
}
