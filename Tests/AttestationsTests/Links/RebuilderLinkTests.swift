import Attestations
import Foundation
import Quorum
import StoreFormats
import Testing

@Suite struct RebuilderLinkTests {
    private static func vector() throws -> (bytes: [UInt8], canonical: String, key: KeyIdentity) {
        let vector = try Sample.json("legacy_link.json")
        let spki = try Base64.decode(try #require(vector["spki_rebuilderd_b64"] as? String))
        // As text with its own order of members: Foundation sorts nothing back.
        let bytes = [UInt8](try JSONSerialization.data(withJSONObject: try #require(vector["link"])))
        return (
            bytes, try #require(vector["canonical_signed"] as? String),
            try RebuilderKey.parse(subjectPublicKeyInfo: spki).identity
        )
    }

    @Test func theVectorVerifies() throws {
        let (bytes, canonical, key) = try Self.vector()
        let link = try RebuilderLink(parsing: bytes)
        #expect(link.signed == Array(canonical.utf8))
        let verified = try link.verified(by: key)
        let digest = try #require(link.products["hello_2.10-3_amd64.deb"]?["sha256"])
        #expect(verified.outcome(of: "hello_2.10-3_amd64.deb") == .file(sha256: try #require(Digest256(hex: digest))))
        #expect(verified.outcome(of: "other.deb") == nil)
        let again = try RebuilderLink(parsing: link.bytes)
        #expect(again.signed == link.signed && again.signatures == link.signatures && again.bytes == link.bytes)
    }

    /// What rebuilderd signs, made by us.
    @Test func linksAreMadeAsRebuilderdMakesThem() throws {
        let (bytes, canonical, _) = try Self.vector()
        let theirs = try RebuilderLink(parsing: bytes)
        let product = try #require(theirs.products["hello_2.10-3_amd64.deb"]?["sha256"])
        let material = try #require(theirs.materials["hello_2.10-3_amd64.buildinfo"]?["sha256"])
        let link = try RebuilderLink(
            artifact: "hello_2.10-3_amd64.deb", sha256: try #require(Digest256(hex: product)),
            buildinfo: "hello_2.10-3_amd64.buildinfo", buildinfoSHA256: try #require(Digest256(hex: material)))
        #expect(link.signed == Array(canonical.utf8))
        let seeds = try #require(try Sample.json("dsse.json")["envelopes"] as? [[String: Any]])
        let signer = try Sample.signer(seed: try Sample.hex(seeds[1]["builder_seed_hex"]))
        let signed = try link.signed(by: signer)
        #expect(signed.signatures == theirs.signatures)
        #expect(try RebuilderLink(parsing: signed.bytes).verified(by: signer.key.identity).key == signer.key.identity)
    }

    @Test(arguments: [("a", "hello_2.12.3-1_amd64.deb"), ("b", "hello_2.12.3-1_amd64.deb")])
    func linksOfRealInstancesVerify(instance: String, file: String) throws {
        let link = try RebuilderLink(parsing: Sample.bytes("rebuilderd-\(instance).link.json"))
        let pem = String(decoding: try Sample.bytes("rebuilderd-\(instance).pem"), as: UTF8.self)
        let key = try RebuilderKey.parse(pem: pem).identity
        #expect(try link.verified(by: key).outcome(of: file) != nil)
        #expect(throws: AttestationError(.signature, "")) { try link.verified(by: Sample.signer().key.identity) }
    }

    @Test(arguments: [
        ("rebuild hello", "rebuild hallo"), (#""sha256":"f"#, #""sha256":"e"#),
        (#""environment":null"#, #""environment":{}"#),
        (#""command":[]"#, #""command":["sh"]"#), (#""byproducts":{}"#, #""byproducts":{"x":1}"#),
        (#""command":[]"#, #""command":[],"extra":"hidden""#),
    ])
    func aLinkThatWasChangedDoesNotVerify(part: String, other: String) throws {
        let bytes = try Sample.replacing(part, with: other, in: Sample.bytes("rebuilderd-b.link.json"))
        let pem = String(decoding: try Sample.bytes("rebuilderd-b.pem"), as: UTF8.self)
        let link = try RebuilderLink(parsing: bytes)
        #expect(throws: AttestationError(.signature, "")) {
            try link.verified(by: RebuilderKey.parse(pem: pem).identity)
        }
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"signatures":[],"signed":[]}"#, #"{"signatures":[],"signed":{"_type":"layout"}}"#,
        #"{"signatures":{},"signed":{"_type":"link","name":"x","materials":{},"products":{}}}"#,
        #"{"signatures":[{"keyid":"","sig":"XY"}],"signed":{"_type":"link","name":"x","materials":{},"products":{}}}"#,
        #"{"signatures":[],"signed":{"_type":"link","name":"x","materials":{},"products":{"a":{"sha256":1}}}}"#,
        #"{"signatures":[],"signed":{"_type":"link","name":"x","materials":{},"products":{"a":{},"a":{}}}}"#,
        #"{"signatures":[],"signed":{"_type":"link","name":"x","materials":{},"products":{},"n":1.5}}"#,
        #"{"signatures":[],"signed":{"_type":"link","name":"x","materials":{},"products":{"\u00e9":{},"e\u0301":{}}}}"#,
    ])
    func rubbishIsRefused(text: String) {
        #expect(throws: AttestationError.self) { try RebuilderLink(parsing: Array(text.utf8)) }
    }
}
