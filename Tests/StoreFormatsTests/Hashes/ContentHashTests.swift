import StoreFormats
import Testing

@Suite("Hashes")
struct ContentHashTests {
    @Test(
        "the empty string, by each algorithm",
        arguments: [
            (HashAlgorithm.md5, "d41d8cd98f00b204e9800998ecf8427e"),
            (.sha1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            (.sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (
                .sha512,
                "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
                    + "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
            ),
        ])
    func empty(algorithm: HashAlgorithm, hex: String) {
        #expect(ContentHash(of: [UInt8](), algorithm: algorithm).digest == (try? Base16.decode(hex)))
    }

    @Test("each spelling of each algorithm is read and told", arguments: HashAlgorithm.allCases)
    func spellings(algorithm: HashAlgorithm) throws {
        let hash = ContentHash(of: [UInt8]("quorate".utf8), algorithm: algorithm)
        for spelling in ContentHash.Spelling.allCases {
            let (read, told) = try ContentHash.parse(hash.spelled(spelling))
            #expect(read == hash)
            #expect(told == spelling)
        }
        #expect(try ContentHash(parsing: hash.description) == hash)
        #expect(throws: StoreFormatError(.invalidHash, "")) { try ContentHash(parsing: hash.spelled(.base16)) }
    }

    @Test(
        "what is no hash is refused",
        arguments: [
            "", "sha256", "sha256:", "sha256-", "sha3:00", "SHA256:0", ":0", "md5:0",
            "sha256:1sfw7f5mfdw3fd2zpyjnfm86p1q879zxakccmc5pia60jz3jzds",
            "sha256:1sfw7f5mfdw3fd2zpyjnfm86p1q879zxakccmc5pia60jz3jzdsg0",
            "sha256:zsfw7f5mfdw3fd2zpyjnfm86p1q879zxakccmc5pia60jz3jzdsg",
            "sha512:1sfw7f5mfdw3fd2zpyjnfm86p1q879zxakccmc5pia60jz3jzdsg",
            "sha256-1sfw7f5mfdw3fd2zpyjnfm86p1q879zxakccmc5pia60jz3jzdsg",
            "sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
            " sha256:1sfw7f5mfdw3fd2zpyjnfm86p1q879zxakccmc5pia60jz3jzdsg",
        ])
    func refused(text: String) {
        #expect(throws: StoreFormatError(.invalidHash, "")) { try ContentHash.parse(text) }
    }

    @Test("a NAR hash orders, prints and reads like its bytes")
    func narHash() throws {
        var random = SeededGenerator(seed: 2)
        for _ in 0..<200 {
            let left = (0..<32).map { _ in UInt8.random(in: 0...3, using: &random) }
            let right = (0..<32).map { _ in UInt8.random(in: 0...3, using: &random) }
            let hashes = (try #require(NarHash(left)), try #require(NarHash(right)))
            #expect(hashes.0.bytes == left)
            #expect((hashes.0 < hashes.1) == left.lexicographicallyPrecedes(right))
            #expect(try NarHash(parsing: hashes.0.description) == hashes.0)
            #expect(hashes.0.hex == Base16.encode(left))
        }
        #expect(NarHash([UInt8](repeating: 0, count: 31)) == nil)
        #expect(NarHash([UInt8](repeating: 0, count: 33)) == nil)
        #expect(throws: StoreFormatError(.invalidHash, "")) {
            try NarHash(ContentHash(of: [UInt8](), algorithm: .sha512))
        }
    }
}
