import Edwards25519
import TestSupport
import Testing

@testable import GuixFormats

/// The two ways to check a Guix key's signature decide alike.
@Suite struct ECDSAOracleTests {
    @Test func tablesDecideAsLibgcryptDoes() throws {
        var random = SeededGenerator(seed: 11)
        var accepted = 0
        for _ in 0..<2 {
            let secret = try GuixSecretKey.generate()
            let q = secret.publicKey.identityBytes
            let known = try #require(EdwardsPublicKey(q))
            for number in 0..<20 {
                let signature = try secret.sign(Array("message \(number)".utf8), host: "here")
                guard case .ecdsa(let r, let s) = signature.value else {
                    Issue.record("no ECDSA signature")
                    continue
                }
                for damage in 0..<5 {
                    var (r, s, digest) = (r, s, signature.digest)
                    let bit: UInt8 = 1 << UInt8(random.next() % 8)
                    switch damage {
                    case 1: r[Int.random(in: r.indices, using: &random)] ^= bit
                    case 2: s[Int.random(in: s.indices, using: &random)] ^= bit
                    // Of the last byte, three bits do not count.
                    case 3: digest[Int.random(in: digest.indices, using: &random)] ^= bit
                    case 4: swap(&r, &s)
                    default: break
                    }
                    let damaged = try GuixSignature(
                        host: "here", publicKey: secret.publicKey, digest: digest, value: .ecdsa(r: r, s: s))
                    let library = secret.publicKey.verifyWithLibrary(damaged)
                    #expect(known.isValidECDSA(r: r, s: s, digest: digest) == library, "\(damage): \(damaged)")
                    accepted += library ? 1 : 0
                }
            }
        }
        #expect(accepted >= 40)
    }

    /// A key with a short coordinate would end the program in libgcrypt 1.10.
    @Test(arguments: [3, 6, 9, 10]) func keysThatLibgcryptDoesNotBearSignNothing(y: UInt8) throws {
        let key = try GuixPublicKey(ecdsaEd25519: [y] + [UInt8](repeating: 0, count: 31))
        let signature = try GuixSignature(
            host: "here", publicKey: key, digest: [UInt8](repeating: 1, count: 32), value: .ecdsa(r: [1], s: [1]))
        #expect(!key.verifyWithLibrary(signature))
        #expect(
            EdwardsPublicKey([y] + [UInt8](repeating: 0, count: 31))?.isValidECDSA(
                r: [1], s: [1], digest: signature.digest) != true)
    }
}
