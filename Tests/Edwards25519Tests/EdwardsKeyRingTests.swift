import Crypto
import TestSupport
import Testing

@testable import Edwards25519

@Suite struct EdwardsKeyRingTests {
    private struct Signed {
        let key: [UInt8]
        let signature: [UInt8]
        let message: [UInt8]

        init() throws {
            let secret = Curve25519.Signing.PrivateKey()
            key = Array(secret.publicKey.rawRepresentation)
            message = Array("a message".utf8)
            signature = Array(try secret.signature(for: message))
        }
    }

    @Test func decidesAlikeBeforeAndAfter() throws {
        let ring = EdwardsKeyRing()
        let signed = try Signed()
        var damaged = signed.signature
        damaged[40] ^= 1
        for use in 1...(EdwardsKeyRing.usesBeforeTable + 3) {
            #expect(ring.isValidEd25519(signed.signature, over: signed.message, under: signed.key), "use \(use)")
            #expect(!ring.isValidEd25519(damaged, over: signed.message, under: signed.key), "use \(use)")
            #expect(!ring.isValidEd25519(signed.signature, over: [], under: signed.key), "use \(use)")
        }
        #expect(ring.keyCount == 1)
    }

    @Test func keysUsedSeldomHaveNoTable() throws {
        let ring = EdwardsKeyRing()
        let signed = try Signed()
        for _ in 1..<EdwardsKeyRing.usesBeforeTable { #expect(ring.publicKey(signed.key) == nil) }
        #expect(ring.keyCount == 0)
        #expect(ring.publicKey(signed.key)?.bytes == signed.key)
        #expect(ring.publicKey(signed.key)?.bytes == signed.key)
    }

    /// A key that is no point never gets one, however often it is tried.
    @Test(arguments: [[], [1], [2] + [UInt8](repeating: 0, count: 31), [UInt8](repeating: 1, count: 33)])
    func whatIsNoKeySignsNothing(key: [UInt8]) throws {
        let ring = EdwardsKeyRing()
        let signed = try Signed()
        #expect(EdwardsPublicKey(key) == nil)
        for _ in 1...(2 * EdwardsKeyRing.usesBeforeTable + 1) {
            #expect(!ring.isValidEd25519(signed.signature, over: signed.message, under: key))
        }
        #expect(ring.keyCount == 0)
    }

    @Test func tablesAreBounded() {
        var state = EdwardsKeyRing.State()
        let key = EdwardsPublicKey(EdwardsPoint.base.encoded.littleEndianBytes)
        func use(_ number: UInt64) -> (isKnown: Bool, isDue: Bool) {
            let (known, isDue) = state.use(Words256(number, 0, 0, 0))
            if isDue { state.finish(Words256(number, 0, 0, 0), key) }
            return (known != nil, isDue)
        }
        let limit = UInt64(EdwardsKeyRing.maximumKeyCount)
        for number in 0..<(2 * limit) {
            for _ in 1..<EdwardsKeyRing.usesBeforeTable { #expect(use(number) == (false, false)) }
            // The ring is full of keys that were used a moment ago: they stay.
            #expect(use(number) == (false, number < limit))
        }
        #expect(state.keyCount == Int(limit))
        // All but the first two are used again and again; the one not used longest makes room then.
        for turn in 0...(EdwardsKeyRing.checksUntilStale + limit) { _ = use(2 + turn % (limit - 2)) }
        for _ in 1..<EdwardsKeyRing.usesBeforeTable { #expect(use(1000) == (false, false)) }
        #expect(use(1000) == (false, true))
        #expect(use(1000) == (true, false))
        #expect(use(1) == (true, false))
        #expect(use(0) == (false, false))
        #expect(state.keyCount == Int(limit))
    }

    @Test func oneMakesTheTable() {
        var state = EdwardsKeyRing.State()
        let name = Words256(7, 0, 0, 0)
        var due = 0
        for _ in 0..<(4 * EdwardsKeyRing.usesBeforeTable) where state.use(name).isDue { due += 1 }
        #expect(due == 1)
        // It was no point: it may be asked for again.
        state.finish(name, nil)
        #expect(state.keyCount == 0)
        for _ in 0..<EdwardsKeyRing.usesBeforeTable where state.use(name).isDue { due += 1 }
        #expect(due == 2)
    }

    @Test func countsAreForgottenWhenTooManyKeysAreSeen() {
        var state = EdwardsKeyRing.State()
        let name = Words256(7, 0, 0, 0)
        for _ in 1..<EdwardsKeyRing.usesBeforeTable { #expect(!state.use(name).isDue) }
        for number in 0..<UInt64(EdwardsKeyRing.maximumCountedKeys) { _ = state.use(Words256(number, 1, 0, 0)) }
        #expect(!state.use(name).isDue)
    }

    @Test func manyThreadsAgree() async throws {
        let ring = EdwardsKeyRing()
        let signed = try Signed()
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<10).allSatisfy { _ in
                        ring.isValidEd25519(signed.signature, over: signed.message, under: signed.key)
                            && !ring.isValidEd25519(signed.signature, over: [1], under: signed.key)
                    }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
        #expect(ring.keyCount == 1)
    }
}
