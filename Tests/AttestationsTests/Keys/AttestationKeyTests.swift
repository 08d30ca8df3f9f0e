import Attestations
import Quorum
import StoreFormats
import Testing

@Suite struct AttestationKeyTests {
    @Test func namesOfAKeyAreThoseOfOtherPrograms() throws {
        // The example of the did:key specification for Ed25519.
        let key = try AttestationKey(
            bytes: try Base16.decode("2e6fcce36701dc791488e0d0b1745cc1e33a4c1c9fcc41c63bd343dbbe0970e6"))
        #expect(key.builderID == "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")
        #expect(try AttestationKey(builderID: key.builderID) == key)
        let link = try Sample.json("legacy_link.json")
        let spki = try Base64.decode(try #require(link["spki_rebuilderd_b64"] as? String))
        #expect(try RebuilderKey.parse(subjectPublicKeyInfo: spki).keyID.hex == link["keyid"] as? String)
    }

    @Test(arguments: [
        "", "did:key:z", "did:key:zz", "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2do",
        "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doKK",
        "did:key:z16MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
        "did:key:Z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", "did:key:z0OIl",
        " did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
    ])
    func otherSpellingsOfAKeyAreRefused(text: String) {
        #expect(throws: AttestationError(.key, "")) { try AttestationKey(builderID: text) }
    }

    @Test func keysOfNobodyAreRefused() throws {
        #expect(throws: AttestationError(.key, "")) { try AttestationKey(bytes: [UInt8](repeating: 0, count: 32)) }
        #expect(throws: AttestationError(.key, "")) {
            try AttestationKey(bytes: [1] + [UInt8](repeating: 0, count: 31))
        }
        #expect(throws: AttestationError(.key, "")) { try AttestationKey(bytes: [1, 2, 3]) }
        let guix = try #require(KeyIdentity(algorithm: .ecdsaEd25519, bytes: [UInt8](repeating: 9, count: 32)))
        #expect(throws: AttestationError(.key, "")) { try AttestationKey(guix) }
        #expect(try !AttestationReader(keys: [guix]).admits(Sample.provenance().sign(by: Sample.signer()).leaf))
    }

    @Test func bothStructuresOfAPublicKeyAreRead() throws {
        let link = try Sample.json("legacy_link.json")
        let theirs = try Base64.decode(try #require(link["spki_rebuilderd_b64"] as? String))
        let standard = try Base64.decode(try #require(link["spki_rfc8410_b64"] as? String))
        let key = try RebuilderKey.parse(subjectPublicKeyInfo: theirs)
        #expect(try RebuilderKey.parse(subjectPublicKeyInfo: standard) == key)
        #expect(RebuilderKey.subjectPublicKeyInfo(of: key) == theirs)
        #expect(RebuilderKey.subjectPublicKeyInfo(of: key, form: .rfc8410) == standard)
        let pem = RebuilderKey.pem(of: key)
        #expect(pem.utf8.contains(UInt8(ascii: "\r")))
        #expect(try RebuilderKey.parse(pem: pem) == key)
        for index in 0..<14 {
            var other = theirs
            other[index] ^= 1
            #expect(throws: AttestationError(.key, "")) { try RebuilderKey.parse(subjectPublicKeyInfo: other) }
        }
        #expect(throws: AttestationError(.key, "")) { try RebuilderKey.parse(subjectPublicKeyInfo: theirs + [0]) }
        #expect(throws: AttestationError(.key, "")) { try RebuilderKey.parse(pem: "x" + pem) }
        #expect(throws: AttestationError(.key, "")) { try RebuilderKey.parse(pem: pem + pem) }
    }

    @Test func aSignerThatIsNotTheKeysGivesNothing() throws {
        let other = try Sample.signer(2)
        let signer = try AttestationSigner(publicKey: Sample.signer(1).key.identity.bytes) {
            try other.signature(over: $0)
        }
        #expect(throws: AttestationError(.key, "")) { try Sample.provenance().sign(by: signer) }
        #expect(!"\(signer) \(String(reflecting: signer))".contains("01010101"))
    }
}
