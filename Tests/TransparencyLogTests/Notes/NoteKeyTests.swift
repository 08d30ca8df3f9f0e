import Testing
import TransparencyLog

@Suite struct NoteKeyTests {
    private static let vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

    @Test(arguments: LogVectors.keys.keys.sorted())
    func keysAreThoseOfTheVectors(name: String) throws {
        let vector = try #require(LogVectors.keys[name])
        let kind = try #require(NoteKey.Kind(rawValue: vector.sigtype))
        let signer = try NoteSigner(name: name, kind: kind, seed: LogVectors.hex(vector.seedHex))
        #expect(signer.key.text == vector.vkey)
        #expect(StrictText.hex(signer.key.publicKey) == vector.publicHex)
        #expect(String(signer.key.id, radix: 16) == vector.keyid)
        let key = try NoteKey(vector.vkey)
        #expect(key == signer.key)
        #expect(key.text == vector.vkey)
        #expect(key.kind == kind)
        let again = try NoteSigner(signer.secretText)
        #expect(again.key == key)
        #expect(again.secretText == signer.secretText)
        #expect(try NoteSigner(signer.secretText + "\n").key == key)
    }

    /// The secret text is what Go's note package reads: `PRIVATE+KEY+name+hash+base64(1 || seed)`.
    @Test func secretTextHasTheSeed() throws {
        let signer = try NoteSigner(name: "a", kind: .ed25519, seed: [UInt8](repeating: 7, count: 32))
        let parts = signer.secretText.split(separator: "+", maxSplits: 4)
        #expect(parts.prefix(3) == ["PRIVATE", "KEY", "a"])
        #expect(parts[3] == signer.key.text.split(separator: "+")[1])
        #expect(StrictText.decodeBase64(parts[4].utf8) == [1] + [UInt8](repeating: 7, count: 32))
    }

    @Test func noDescriptionShowsASecret() throws {
        let signer = try NoteSigner.generate(name: "x.example/k", kind: .cosignature)
        let secret = String(signer.secretText.split(separator: "+", maxSplits: 4)[4])
        var dumped = ""
        dump(signer, to: &dumped)
        for shown in ["\(signer)", String(reflecting: signer), dumped, "\([signer])"] {
            #expect(!shown.contains(secret))
            #expect(shown.contains(signer.key.name))
        }
    }

    @Test(arguments: [
        "", "+", "++", "PeterNeumann", "PeterNeumann+c74f20a3", "PeterNeumann+c74f20a3+",
        // Another name, another hash, upper case, a hash too short.
        "PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        // One bit of the key, a byte too few, base64 that is not canonical.
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TX",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10Q=",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq_LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW ",
        " PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n",
        // A type that is no Ed25519 key.
        "PeterNeumann+c74f20a3+BhpC2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ])
    func refusesTexts(text: String) {
        #expect(refusal { try NoteKey(text) } == .key)
    }

    @Test(arguments: [
        "", "a b", "a+b", "a\nb", "a\u{A0}b", "a\u{2003}b", "a\u{1}b", "\u{85}", String(repeating: "n", count: 256),
    ])
    func refusesNames(name: String) {
        #expect(refusal { try NoteSigner.generate(name: name, kind: .ed25519) } == .key)
    }

    /// Equal as strings, but not as bytes.
    @Test func namesAreBytes() throws {
        let seed = [UInt8](repeating: 1, count: 32)
        let composed = try NoteSigner(name: "caf\u{E9}", kind: .ed25519, seed: seed).key
        let decomposed = try NoteSigner(name: "cafe\u{301}", kind: .ed25519, seed: seed).key
        #expect(composed.name == decomposed.name)
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
    }

    @Test(arguments: [
        String(repeating: "00", count: 32), "01" + String(repeating: "00", count: 31),
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ])
    func refusesPointsOfSmallOrder(hex: String) {
        #expect(refusal { try NoteKey(name: "a", kind: .ed25519, publicKey: LogVectors.hex(hex)) } == .key)
    }

    @Test(arguments: [0, 31, 33, 64]) func refusesOtherSizes(count: Int) {
        let bytes = [UInt8](repeating: 9, count: count)
        #expect(refusal { try NoteKey(name: "a", kind: .ed25519, publicKey: bytes) } == .key)
        #expect(refusal { try NoteSigner(name: "a", kind: .ed25519, seed: bytes) } == .key)
    }

    @Test func refusesSecretTexts() throws {
        let text = try NoteSigner.generate(name: "a", kind: .ed25519).secretText
        var other = Array(text.utf8)
        other[13] ^= 1
        for wrong in [
            "", String(text.dropFirst()), String(text.dropLast()), text + "\n\n", text + "\r\n", "PRIVATE+KEY+" + text,
            text.replacing("PRIVATE", with: "Private"), String(decoding: other, as: UTF8.self), Self.vkey,
        ] {
            do {
                _ = try NoteSigner(wrong)
                Issue.record("accepted")
            } catch {
                #expect(error == TransparencyLogError(.key, ""))
                #expect(!error.message.contains(text.suffix(20)))
            }
        }
    }

    private struct Vector: Decodable {
        let name: String
        let seed: String
        let `public`: String
        let msg: String
        let sig: String
    }

    @Test func signsAsTheStandardSays() throws {
        let vectors = try LogVectors.read("ed25519_rfc8032.json", as: [Vector].self)
        #expect(vectors.count == 3)
        for vector in vectors {
            let signer = try NoteSigner(name: "a", kind: .ed25519, seed: LogVectors.hex(vector.seed))
            #expect(StrictText.hex(signer.key.publicKey) == vector.public)
            let message = LogVectors.hex(vector.msg)
            #expect(StrictText.hex(try signer.signature(over: message)) == vector.sig)
            #expect(signer.key.isValid(LogVectors.hex(vector.sig), over: message))
            #expect(!signer.key.isValid(LogVectors.hex(vector.sig), over: message + [0]))
            #expect(!signer.key.isValid(LogVectors.hex(vector.sig).dropLast(), over: message))
        }
    }
}
