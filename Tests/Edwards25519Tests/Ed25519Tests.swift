import Crypto
import TestSupport
import Testing

@testable import Edwards25519

/// Every decision is BoringSSL's.
///
/// `QUORATE_ORACLE_CASES=1000000 swift test -c release -Xswiftc -enable-testing --filter Ed25519Tests` compares more.
@Suite struct Ed25519Tests {
    /// One signature under one key, in all the ways in which it can go wrong.
    private struct Case {
        var key: [UInt8]
        var signature: [UInt8]
        var message: [UInt8]

        var library: Bool {
            guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: key) else { return false }
            return key.isValidSignature(signature, for: message)
        }
    }

    private static func hash(_ parts: [UInt8]...) -> Scalar? {
        var hash = SHA512()
        for part in parts { hash.update(data: part) }
        return Words512(littleEndian: Array(hash.finalize())).map { Scalar(reducing: $0) }
    }

    private static func bytes(_ count: Int, _ random: inout SeededGenerator) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    private static let base = MultipleTable(of: .base, width: 4)

    private static func multiple(_ scalar: Scalar, and other: EdwardsPoint) -> [UInt8] {
        var sum = other
        base.add(scalar, negated: false, to: &sum)
        return sum.encoded.littleEndianBytes
    }

    /// Compares a key's decision and what is near it.
    private static func compare(_ known: EdwardsPublicKey?, _ made: Case, accepted: inout Int) {
        let library = made.library
        if library { accepted += 1 }
        let ours = known?.isValidEd25519(made.signature, over: made.message) ?? false
        #expect(ours == library, "\(made)")
    }

    @Test func decidesAsTheLibraryDoes() throws {
        let count = OracleCases.count(default: 120)
        var random = SeededGenerator(seed: OracleCases.seed)
        var accepted = 0
        var accepting: Set<Int> = []
        for round in 0..<max(count / 20, 6) {
            // Keys: ordinary; with a part of small order; crafted ones, of which nobody knows the secret; random bytes.
            let kind = round % 6
            var secret = Scalar.random(&random)
            let key: [UInt8]
            switch kind {
            case 0, 1: key = Self.multiple(secret, and: .neutral)
            case 2: key = Self.multiple(secret, and: EdwardsPoint.smallOrder[Int.random(in: 1..<8, using: &random)])
            case 3, 4:
                secret = try #require(Scalar(Words256(0, 0, 0, 0)))
                key = try #require(
                    kind == 3
                        ? EdwardsPoint.smallOrder.randomElement(using: &random)?.encoded.littleEndianBytes
                        : CraftedEncodings.points.randomElement(using: &random))
            default: key = Self.bytes(32, &random)
            }
            let known = EdwardsPublicKey(key)
            for turn in 0..<20 {
                let message = Self.bytes(Int.random(in: 0..<150, using: &random), &random)
                let nonce = Scalar.random(&random)
                let part = kind < 2 && turn % 4 != 0 ? 0 : Int.random(in: 0..<8, using: &random)
                var r = Self.multiple(nonce, and: EdwardsPoint.smallOrder[part])
                if kind > 2 && turn % 2 == 0 {
                    r = try #require(CraftedEncodings.points.randomElement(using: &random))
                }
                let k = try #require(Self.hash(r, key, message))
                // With nonce 0 and a key of small order, the crafted R may be the right one.
                let s = kind > 2 && turn % 2 == 0 ? secret : nonce + k * secret
                var made = Case(key: key, signature: r + s.words.littleEndianBytes, message: message)
                let before = accepted
                Self.compare(known, made, accepted: &accepted)
                if accepted > before { accepting.insert(kind) }
                switch turn % 7 {
                case 0: made.signature[Int.random(in: 0..<64, using: &random)] ^= 1 << UInt8(random.next() % 8)
                case 1: made.message.append(0)
                case 2:
                    let higher = s.words.addingReportingOverflow(Scalar.order).sum
                    made.signature = r + higher.littleEndianBytes
                case 3:
                    let number = try #require(CraftedEncodings.numbers.randomElement(using: &random))
                    made.signature = r + number.littleEndianBytes
                case 4:
                    let point = try #require(CraftedEncodings.points.randomElement(using: &random))
                    made.signature = point + s.words.littleEndianBytes
                case 5: made.signature = Self.bytes(64, &random)
                default:
                    made.key[Int.random(in: 0..<32, using: &random)] ^= 1 << UInt8(random.next() % 8)
                    Self.compare(EdwardsPublicKey(made.key), made, accepted: &accepted)
                    continue
                }
                Self.compare(known, made, accepted: &accepted)
            }
        }
        // Both decisions were there, under ordinary keys; crafted ones have a test of their own.
        #expect(accepting.isSuperset(of: [0, 1]))
    }

    @Test func everyCraftedKeyIsTakenOrRefusedAsByTheLibrary() {
        var acceptedKeys = 0
        // Under a key of small order R = 0·B − k·A is one of eight points: one of the eight is accepted, if the key is.
        for key in CraftedEncodings.points {
            let isSmall = EdwardsPublicKey.isSmallOrder(key)
            // Making a table takes its time without optimisation: of the other points, it is enough that they are some.
            let isPoint = Words256(littleEndian: key).flatMap { EdwardsPoint($0) } != nil
            if isPoint && !isSmall { continue }
            let known = EdwardsPublicKey(key)
            #expect((known != nil) == isPoint)
            var accepted = 0
            for point in EdwardsPoint.smallOrder {
                let signature = point.encoded.littleEndianBytes + [UInt8](repeating: 0, count: 32)
                for message: [UInt8] in [[], [1]] {
                    let made = Case(key: key, signature: signature, message: message)
                    Self.compare(known, made, accepted: &accepted)
                }
            }
            #expect((accepted > 0) == isSmall)
            acceptedKeys += accepted > 0 ? 1 : 0
        }
        #expect(acceptedKeys > 0)
    }

    /// RFC 8032, 7.1: TEST 1, 2, 3 and SHA(abc)'s key with its message.
    @Test(arguments: [
        (
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
        (
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ])
    func takesTheSpecificationsVectors(key: String, message: String, signature: String) throws {
        let key = try #require(EdwardsPublicKey(Edwards25519Tests.bytes(key)))
        let message = Edwards25519Tests.bytes(message)
        let signature = Edwards25519Tests.bytes(signature)
        #expect(key.isValidEd25519(signature, over: message))
        for index in signature.indices {
            var damaged = signature
            damaged[index] ^= 1
            #expect(!key.isValidEd25519(damaged, over: message))
        }
        #expect(!key.isValidEd25519(signature, over: message + [0]))
        #expect(!key.isValidEd25519(signature + [0], over: message))
        #expect(!key.isValidEd25519(signature.dropLast(), over: message))
        #expect(!key.isValidEd25519([], over: message))
    }

    @Test func keysHave32Bytes() {
        #expect(EdwardsPublicKey([]) == nil)
        #expect(EdwardsPublicKey([UInt8](repeating: 1, count: 31)) == nil)
        #expect(EdwardsPublicKey([UInt8](repeating: 1, count: 33)) == nil)
        #expect(EdwardsPublicKey.tableByteCount < 200_000)
    }
}
