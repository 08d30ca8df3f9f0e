import Attestations
import Crypto
import Foundation
import Quorum
import StoreFormats
import Testing

@Suite struct EnvelopeTests {
    @Test func whatIsSignedIsThatOfTheSpecification() throws {
        let vectors = try #require(try Sample.json("dsse.json")["pae"] as? [[String: Any]])
        #expect(vectors.count == 5)
        for vector in vectors {
            let encoded = PreAuthenticationEncoding.encode(
                type: try #require(vector["payloadType"] as? String), body: try Sample.hex(vector["body_hex"]))
            #expect(encoded == (try Sample.hex(vector["pae_hex"])))
        }
    }

    /// Leaves made by another program: read, verified, and made again to the byte.
    @Test(arguments: [
        ("leaf_nix.dsse.json", "statement_nix.json", 0), ("leaf_debian.dsse.json", "statement_debian.json", 1),
    ])
    func leavesOfAnotherProgramAreRead(leaf: String, statement: String, index: Int) throws {
        let bytes = try Sample.bytes(leaf)
        let envelope = try Envelope(parsing: bytes)
        let payload = try Sample.bytes(statement)
        #expect(envelope.payload == payload)
        let vectors = try #require(try Sample.json("dsse.json")["envelopes"] as? [[String: Any]])
        let signer = try Sample.signer(seed: try Sample.hex(vectors[index]["builder_seed_hex"]))
        #expect(signer.key.identity.bytes == (try Sample.hex(vectors[index]["builder_public_hex"])))
        try envelope.verify(with: signer.key)
        #expect(try Envelope(signing: payload, by: signer).bytes == bytes)
        #expect(throws: AttestationError(.signature, "")) { try envelope.verify(with: Sample.signer(9).key) }
        // The statements are canonical, and not of our types: foreign, and no claims.
        #expect(CanonicalJSON.encode(try CanonicalJSON.parse(payload)) == payload)
        #expect(throws: AttestationError(.statement, "")) {
            try AttestationReader(keys: [signer.key.identity]).read(bytes)
        }
        let foreign = try ForeignStatement(parsing: payload)
        #expect(foreign.predicateType == "https://slsa.dev/provenance/v1")
        #expect(foreign.subjects.count == 1 && foreign.subjects[0].digests["sha256"]?.count == 64)
    }

    @Test(arguments: [
        (#"{"payload":"#, #"{ "payload":"#), (#","payloadType":"#, #", "payloadType":"#),
        ("application/vnd.in-toto+json", "application/vnd.in-toto+jsoN"),
        ("application/vnd.in-toto+json", "text/plain"),
        (#""signatures":["#, #""signatures":[ "#), ("]}", "],\"x\":1}"), ("]}", "]}\n"), ("]}", "]"),
        (#"=","payloadType"#, #"","payloadType"#), (#"=","payloadType"#, #"==","payloadType"#),
        (#"{"payload":"ey"#, #"{"payload":"e y"#), (#"{"payload":"ey"#, #"{"payload":"e\ny"#),
        (#"{"payload":"ey"#, #"{"payload":"-y"#), (#""keyid":"b"#, #""keyid":"B"#), (#""keyid":"b"#, #""keyid":""#),
        (#""keyid":"b"#, #""keyid":"g"#), (#"Dw=="}]}"#, #"Dx=="}]}"#), (#"Dw=="}]}"#, #"Dw"}]}"#),
        (#"Dw=="}]}"#, #"Dw=="},{"keyid":"","sig":""}]}"#), (#""sig":"6ijr+"#, #""sig":"6ijr-"#),
    ])
    func otherSpellingsOfALeafAreRefused(part: String, other: String) throws {
        let bytes = try Sample.replacing(part, with: other, in: Sample.bytes("leaf_nix.dsse.json"))
        #expect(throws: AttestationError(.envelope, "")) { try Envelope(parsing: bytes) }
    }

    @Test func whatIsTooLargeIsRefused() throws {
        let signer = try Sample.signer()
        #expect(throws: AttestationError(.limit, "")) {
            try Envelope(signing: [UInt8](repeating: 0x20, count: 24_500), by: signer)
        }
        #expect(try Envelope(signing: [UInt8](repeating: 0x20, count: 24_300), by: signer).bytes.count <= 32_768)
        #expect(throws: AttestationError(.envelope, "")) { try Envelope(signing: [], by: signer) }
        #expect(throws: AttestationError(.limit, "")) {
            try Envelope(parsing: [UInt8](repeating: UInt8(ascii: "{"), count: 32_769))
        }
        for count in 0..<300 {
            #expect(throws: AttestationError(.envelope, "")) {
                try Envelope(parsing: Array(Sample.bytes("leaf_nix.dsse.json").prefix(count)))
            }
        }
    }

    @Test func theSpecificationsOwnExampleVerifies() throws {
        let vector = try #require(try Sample.json("dsse.json")["spec_ecdsa"] as? [String: String])
        let envelope = try ForeignEnvelope(
            parsing: Array(
                """
                {"payload":"\(vector["payload"] ?? "")","payloadType":"\(vector["payloadType"] ?? "")",
                 "signatures":[{"sig":"\(vector["sig"] ?? "")"}]}
                """.utf8))
        #expect(envelope.payload == Array("hello world".utf8) && envelope.signatures[0].keyID.isEmpty)
        let x = try #require(vector["x"].flatMap(Self.decimal))
        let y = try #require(vector["y"].flatMap(Self.decimal))
        let key = try P256.Signing.PublicKey(rawRepresentation: x + y)
        let signature = try P256.Signing.ECDSASignature(rawRepresentation: envelope.signatures[0].bytes)
        let message = PreAuthenticationEncoding.encode(type: envelope.payloadType, body: envelope.payload)
        #expect(key.isValidSignature(signature, for: message))
        #expect(!key.isValidSignature(signature, for: envelope.payload))
    }

    /// The 32 bytes of a decimal number.
    private static func decimal(_ text: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 32)
        for digit in text.utf8 {
            var carry = Int(digit) - 48
            for index in bytes.indices.reversed() {
                carry += Int(bytes[index]) * 10
                bytes[index] = UInt8(carry & 0xFF)
                carry >>= 8
            }
            guard carry == 0 else { return nil }
        }
        return bytes
    }

    private static func text(_ payload: String, _ signatures: [String], type: String = "t") -> [UInt8] {
        let entries = signatures.map { #"{"sig":"\#($0)","keyid":"hint","more":1}"# }.joined(separator: ",")
        return Array(#"{"signatures": [\#(entries)], "payloadType":"\#(type)","payload":"\#(payload)","z":null}"#.utf8)
    }

    @Test func foreignEnvelopesCountKeysAndNotSignatures() throws {
        let one = try Sample.signer(1)
        let two = try Sample.signer(2)
        let body: [UInt8] = [0xFB, 0xFF, 0x00, 1]
        let message = PreAuthenticationEncoding.encode(type: "t", body: body)
        let first = Base64.encode(try one.signature(over: message))
        let keys = [one.key, two.key, one.key]
        let twice = try ForeignEnvelope(parsing: Self.text(Base64.encode(body), [first, first]))
        #expect(twice.signers(among: keys) == [one.key.identity])
        let both = try ForeignEnvelope(
            parsing: Self.text("-_8AAQ==", [first, Base64.encode(try two.signature(over: message))]))
        #expect(both.payload == body)
        #expect(both.signers(among: keys) == [one.key.identity, two.key.identity])
        // A signature over the payload itself, another type, another byte: nobody's.
        let naked = Base64.encode(try one.signature(over: body))
        #expect(try ForeignEnvelope(parsing: Self.text("-_8AAQ==", [naked])).signers(among: keys).isEmpty)
        #expect(try ForeignEnvelope(parsing: Self.text("-_8AAQ==", [first], type: "T")).signers(among: keys).isEmpty)
        #expect(try ForeignEnvelope(parsing: Self.text("-_8AAg==", [first])).signers(among: keys).isEmpty)
    }

    @Test(arguments: [
        #"{"payload":"AA==","payloadType":"t","signatures":[]}"#, #"{"payload":"AA==","payloadType":"t"}"#,
        #"{"payload":"AA","payloadType":"t","signatures":[{"sig":""}]}"#,
        #"{"payload":"A A=","payloadType":"t","signatures":[{"sig":""}]}"#,
        #"{"payload":"AA==","signatures":[{"sig":""}]}"#, #"{"payload":"AA==","payloadType":"t","signatures":[{}]}"#,
        #"{"payload":"AA==","payloadType":"t","signatures":[1]}"#,
    ])
    func foreignRubbishIsRefused(text: String) {
        #expect(throws: AttestationError(.envelope, "")) { try ForeignEnvelope(parsing: Array(text.utf8)) }
    }
}
