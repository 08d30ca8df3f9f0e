import StoreFormats
import Testing

@Suite("Keys and signatures of Nix")
struct SignatureTests {
    @Test("a generated key signs, and its file gives it back")
    func generated() throws {
        let key = try NixSecretKey.generate(name: "test.example-1")
        let again = try NixSecretKey(parsing: key.fileContents())
        let message = [UInt8]("1;hello".utf8)
        let signature = try again.sign(message)
        #expect(signature.keyName == "test.example-1")
        #expect(key.publicKey.verify(signature, over: message))
        #expect(!key.publicKey.verify(signature, over: message + [0]))
        #expect(try !NixSecretKey.generate(name: "test.example-1").publicKey.verify(signature, over: message))
        #expect(try NixPublicKey(parsing: key.publicKey.description) == key.publicKey)
        #expect(try NixSignature(parsing: signature.description) == signature)
        #expect(try NixSecretKey(fileContents: [UInt8]((key.fileContents() + "\n").utf8)).publicKey == key.publicKey)
    }

    @Test("each flipped bit makes a signature invalid")
    func flipped() throws {
        let key = try NixSecretKey.generate(name: "k")
        let message = [UInt8]("m".utf8)
        let signature = try key.sign(message)
        for bit in 0..<512 {
            var bytes = signature.bytes
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(try !key.publicKey.verify(NixSignature(keyName: "k", bytes: bytes), over: message))
        }
    }

    @Test("a secret key shows its secret nowhere")
    func redacted() throws {
        let key = try NixSecretKey.generate(name: "k-1")
        let secret = try Base64.decode(key.fileContents().dropFirst(4).description)
        var dumped = ""
        dump(key, to: &dumped)
        for text in ["\(key)", String(reflecting: key), dumped, "\([key])", "\(Optional(key) as Any)"] {
            #expect(text.contains("k-1"))
            #expect(!text.contains(Base64.encode(secret.prefix(32)).dropLast(2)))
            #expect(!text.contains(Base64.encode(secret).prefix(20)))
            #expect(!text.contains("\(Array(secret.prefix(32)))".dropLast().dropFirst()))
        }
    }

    @Test(
        "what is no public key is refused",
        arguments: [
            "", ":", "name", "name:", ":MH3PE2Cb5XadkwsGbnSivGKoIqbxDDSzu/uE+ddtfbM=",
            "a b:MH3PE2Cb5XadkwsGbnSivGKoIqbxDDSzu/uE+ddtfbM=", "n:MH3PE2Cb5XadkwsGbnSivGKoIqbxDDSzu/uE+ddtfbM",
            "n:MH3PE2Cb5XadkwsGbnSivGKoIqbxDDSzu/uE+ddtfbN=", "n:MH3PE2Cb5XadkwsGbnSivGKoIqbxDDSzu/uE+ddtfbM= ",
            "n:MH3PE2Cb5XadkwsGbnSivGKoIqbxDDSzu/uE+ddtfbM=\n", "n:MH3PE2Cb5XadkwsGbnSivGKoIqbxDDSzu/uE+ddt",
            "ä:MH3PE2Cb5XadkwsGbnSivGKoIqbxDDSzu/uE+ddtfbM=",
            // Points of small order.
            "n:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "n:AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "n:AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIA=", "n:7P///////////////////////////////////////38=",
            "n:7f///////////////////////////////////////38=", "n:7v///////////////////////////////////////38=",
            "n:JuiVj8KyJ7BFw/SJ8u+Y8NXfrAXTxjM5sTgCiG1T/AU=", "n:xxdqcD1N2E+6PAt2DRBnDyogU/osOczGTsf9d5KsA3o=",
        ])
    func publicKeysRefused(text: String) {
        #expect(throws: StoreFormatError(.invalidKey, "")) { try NixPublicKey(parsing: text) }
    }

    @Test("a secret key whose halves do not belong together is refused")
    func halves() throws {
        let one = try Base64.decode(String(NixSecretKey.generate(name: "a").fileContents().dropFirst(2)))
        let two = try Base64.decode(String(NixSecretKey.generate(name: "a").fileContents().dropFirst(2)))
        let mixed = "a:" + Base64.encode(Array(one.prefix(32) + two.suffix(32)))
        #expect(throws: StoreFormatError(.invalidKey, "")) { try NixSecretKey(parsing: mixed) }
        #expect(throws: StoreFormatError(.invalidKey, "")) {
            try NixSecretKey(parsing: "a:" + Base64.encode(one + [0]))
        }
        #expect(throws: StoreFormatError(.invalidKey, "")) { try NixSecretKey.generate(name: "a:b") }
    }

    @Test("key files are small", arguments: [1025, 1 << 20])
    func largeFiles(size: Int) {
        #expect(throws: StoreFormatError(.limitExceeded, "")) {
            try NixPublicKey(fileContents: [UInt8](repeating: 0x61, count: size))
        }
    }

    @Test("what is no signature is refused", arguments: ["", "k", "k:", "k:AAAA", ":AAAA", "k:!!!!", "k k:AAAA"])
    func signaturesRefused(text: String) {
        #expect(throws: StoreFormatError(.invalidSignature, "")) { try NixSignature(parsing: text) }
    }
}
