import StoreFormats
import TestSupport
import Testing

@testable import GuixFormats

@Suite struct GuixKeyTests {
    private let message = [UInt8]("StorePath: …\n".utf8)

    @Test(arguments: GuixFixture.keyNames)
    func fileIsReadAndWritten(key name: String) throws {
        let file = try GuixFixture.bytes("keys/\(name).pub")
        let key = try GuixPublicKey(fileContents: file)
        #expect(key.fileContents == file)
        #expect(try GuixPublicKey(fileContents: key.expression.canonical) == key)
        #expect(try GuixPublicKey(algorithm: key.algorithm, identityBytes: key.identityBytes) == key)
        let secret = try GuixFixture.secret(name)
        #expect(secret.publicKey == key)
        #expect(try secret.fileContents() == GuixFixture.bytes("keys/\(name).sec"))
        let signature = try secret.sign(message, host: "h")
        #expect(key.verify(signature, over: message) && !key.verify(signature, over: message + [0]))
        #expect(try GuixSignature(parsing: signature.description) == signature)
        #expect(try secret.sign(message, host: "h") == signature)
    }

    @Test func pointsAreRead() throws {
        let file = try GuixFixture.bytes("servers/vm/signing-key.pub")
        #expect(file.count == 118)
        let key = try GuixPublicKey(fileContents: file)
        #expect(key.algorithm == .ecdsaEd25519 && key.identityBytes.count == 32)
        #expect(key.hexadecimal == "814F8C3908A31D68C36FE2400E4A25C6A9FB9F83BC88108F10CEBEB630D026BF")
        #expect(try GuixPublicKey(hexadecimal: key.hexadecimal) == key)
        #expect(try GuixPublicKey(hexadecimal: key.hexadecimal.lowercased()) == key)
        #expect(try GuixPublicKey(ecdsaEd25519: key.identityBytes) == key)
    }

    static let wrongKeys = [
        "", "(public-key)", "(public-key (ecc))", "(private-key (ecc (curve Ed25519) (q #00#)))",
        "(public-key (ecc (curve Ed25519) (q #\(ab(31))#)))", "(public-key (ecc (curve Ed25519) (q #40\(ab(32))#)))",
        "(public-key (ecc (curve Ed448) (q #\(ab(32))#)))", "(public-key (ecc (q #\(ab(32))#) (curve Ed25519)))",
        "(public-key (ecc (curve Ed25519) (flags eddsa) (q #\(ab(32))#)))",
        "(public-key (ecc (curve Ed25519) (q #\(ab(32))#)) (comment x))",
        "(public-key (ecc (curve Ed25519) (q #01\(String(repeating: "00", count: 31))#)))",
        "(public-key (ecc (curve Ed25519) (q #EE\(String(repeating: "FF", count: 30))7F#)))",
        "(public-key (ecc (curve Ed25519) (q #F0\(String(repeating: "FF", count: 31))#)))",
        "(public-key (dsa (p #01#)))",
        "(public-key (rsa (n #00\(ab(256))#)))", "(public-key (rsa (n #0000\(ab(256))#) (e #03#)))",
        "(public-key (rsa (n #\(ab(255))#) (e #03#)))", "(public-key (rsa (n #00\(ab(1025))#) (e #03#)))",
        "(public-key (rsa (n #00\(ab(255))AA#) (e #03#)))", "(public-key (rsa (n #00\(ab(256))#) (e #01#)))",
        "(public-key (rsa (n #00\(ab(256))#) (e #04#)))",
        "(public-key (rsa (n #00\(ab(256))#) (e #010000000000000001#)))",
        "(public-key (rsa (n ##) (e #03#)))", "(public-key (rsa (n #00#) (e #03#)))",
    ]

    private static func ab(_ count: Int) -> String { String(repeating: "AB", count: count) }

    @Test(arguments: wrongKeys)
    func wrongKeyIsRefused(_ text: String) {
        #expect(throws: GuixFormatError(.invalidKey, "")) { try GuixPublicKey(fileContents: [UInt8](text.utf8)) }
    }

    @Test func spellingsOfAnRSAKeyAreOneKey() throws {
        let n = [UInt8](repeating: 0xab, count: 256)
        let key = try GuixPublicKey(rsaModulus: n, exponent: [1, 0, 1])
        #expect(try GuixPublicKey(rsaModulus: [0] + n, exponent: [1, 0, 1]) == key)
        #expect(try GuixPublicKey(algorithm: .rsa, identityBytes: key.identityBytes) == key)
        #expect(throws: GuixFormatError(.invalidKey, "")) {
            try GuixPublicKey(algorithm: .rsa, identityBytes: key.fileContents)
        }
    }

    @Test func newKeysSign() throws {
        let first = try GuixSecretKey.generate()
        let second = try GuixSecretKey.generate()
        #expect(first.publicKey != second.publicKey && first.publicKey.fileContents.count == 118)
        let again = try GuixSecretKey(fileContents: first.fileContents())
        #expect(again.publicKey == first.publicKey)
        let signature = try again.sign(message, host: "h")
        #expect(signature == (try first.sign(message, host: "h")))
        #expect(first.publicKey.verify(signature, over: message))
        #expect(!second.publicKey.verify(signature, over: message))
    }

    @Test func secretIsNotShown() throws {
        let key = try GuixSecretKey.generate()
        var shown = "\(key) \(String(reflecting: key))"
        dump(key, to: &shown)
        let text = String(decoding: key.fileContents(), as: UTF8.self)
        let d = try #require(text.split(separator: "#").dropFirst(3).first)
        #expect(d.count >= 60 && !shown.uppercased().contains(d))
        #expect(shown.contains(key.publicKey.hexadecimal))
    }

    @Test func wrongSecretsAreRefused() throws {
        let ecc = try GuixFixture.text("keys/ecc.sec")
        let other = try GuixSecretKey.generate().publicKey.hexadecimal
        let own = try GuixFixture.secret("ecc").publicKey.hexadecimal
        let wrong = [
            "", "(private-key)", ecc.replacing(own, with: other), ecc.replacing("private-key", with: "public-key"),
            ecc.replacing("(d ", with: "(x "), ecc.replacing("private-key", with: "protected-private-key"),
            try GuixFixture.text("keys/rsa2048.sec").replacing("(u ", with: "(x "),
            try GuixFixture.text("keys/ecc.pub"), "(private-key (ecc (curve Ed25519) (q #\(own)#) (d #00#)))",
            "(private-key (ecc (curve Ed25519) (q #\(own)#) (d ##)))",
        ]
        for text in wrong {
            #expect(throws: GuixFormatError(.invalidKey, ""), "\(text)") {
                try GuixSecretKey(fileContents: [UInt8](text.utf8))
            }
        }
    }

    /// Among many signatures there are some whose r or s is shorter than 32 bytes.
    @Test func shortNumbersAreRead() throws {
        let key = try GuixFixture.secret("ecc")
        var lengths: Set<Int> = []
        for number in 0..<400 {
            let signature = try key.sign([UInt8]("\(number)".utf8), host: "h")
            guard case .ecdsa(let r, let s) = signature.value, min(r.count, s.count) < 32 else { continue }
            lengths.formUnion([r.count, s.count])
            #expect(try GuixSignature(parsing: signature.description) == signature)
        }
        #expect(lengths.contains(31))
    }

    @Test func otherSpellingsOfASignatureAreRefused() throws {
        let key = try GuixFixture.secret("ecc")
        let signature = try key.sign(message, host: "vm")
        let text = String(decoding: signature.expression.advanced, as: UTF8.self)
        func read(_ text: String, version: String = "1") throws -> GuixSignature {
            try GuixSignature(parsing: "\(version);vm;\(Base64.encode([UInt8](text.utf8)))")
        }
        #expect(try read(text) == signature)
        let one = String(decoding: signature.expression.canonical, as: UTF8.self)
        let wrong = [
            "", one, text + "\n", text.lowercased(), text.replacing(" \n", with: "\n"),
            text.replacing("#)", with: " #)"),
            text.replacing("rfc6979", with: "pkcs1"), text.replacing("rfc6979", with: "eddsa"),
            text.replacing("sha256", with: "sha512"), text.replacing("(r #", with: "(r #00"),
            text.replacing("(s #", with: "(s #00"), text.replacing("ecdsa", with: "eddsa"),
            text.replacing("(signature", with: "(signatures"), String(text.dropLast()),
        ]
        for text in wrong {
            #expect(throws: GuixFormatError(.invalidSignature, ""), "\(text)") { try read(text) }
        }
        for version in ["2", "01", "", " 1", "1;"] {
            #expect(throws: GuixFormatError(.invalidSignature, "")) { try read(text, version: version) }
        }
        #expect(throws: GuixFormatError(.limitExceeded, "")) {
            try GuixSignature(parsing: "1;vm;" + String(repeating: "A", count: GuixSignature.maximumLength))
        }
    }

    /// A signature under a key, moved below another's name, over another message, or with its numbers changed.
    @Test func movedPartsAreNotSigned() throws {
        let key = try GuixFixture.secret("ecc")
        let other = try GuixSecretKey.generate()
        let signature = try key.sign(message, host: "vm")
        guard case .ecdsa(let r, let s) = signature.value else { return }
        let numbers: [([UInt8], [UInt8])] = [(s, r), (r, r), (s, s), (r, [1]), ([1], s), (r, [0xff] + s.dropFirst())]
        for (r, s) in numbers {
            let moved = try GuixSignature(
                host: "vm", publicKey: key.publicKey, digest: signature.digest, value: .ecdsa(r: r, s: s))
            #expect(!key.publicKey.verify(moved, over: message))
        }
        let named = try GuixSignature(
            host: "vm", publicKey: other.publicKey, digest: signature.digest, value: signature.value)
        #expect(!other.publicKey.verify(named, over: message) && !key.publicKey.verify(named, over: message))
        #expect(!other.publicKey.verify(signature, over: message))
    }
}
