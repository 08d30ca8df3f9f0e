import ClaimSources
import Quorum
import StoreFormats
import TestSupport
import Testing

struct NarInfoVerifierTests {
    static let hashPart = "g9q85z50h3y9ww3ry62rwb4h7xyan3nn"
    static let time = Timestamp(secondsSince1970: 1_800_000_000)
    static let source = "http://cache.example/"
    let verifier: NarInfoVerifier
    let policy: Policy

    init() throws {
        let addresses = ["http://a.example", "http://b.example", "http://c.example"]
        policy = try Policy.parse(CacheFixture.policyText(addresses))
        verifier = NarInfoVerifier(policy: policy)
    }

    private var good: String { CacheFixture.narInfo("a", Self.hashPart) }

    private func identity(_ cache: String) -> KeyIdentity? {
        policy.caches.first { $0.name == cache }?.key.identity
    }

    private func verify(_ text: String, asked: String = hashPart) throws(SourceTrouble) -> CacheStatement {
        try verifier.verify(Array(text.utf8), asked: asked, in: .nix, source: Self.source, at: Self.time)
    }

    /// The narinfo in Nix's own form.
    private func nix(_ statement: CacheStatement) throws -> NarInfo {
        guard case .nix(let narInfo) = statement.narInfo.form else { throw SourceTrouble(.malformed, "not Nix's") }
        return narInfo
    }

    /// The fixture with one of its lines in another form; an empty form takes it away.
    private func good(_ field: String, _ line: String) -> String {
        good.split(separator: "\n").map(String.init).map { $0.hasPrefix(field + ": ") ? line : $0 }
            .filter { !$0.isEmpty }.map { $0 + "\n" }.joined()
    }

    @Test(arguments: CacheFixture.caches, CacheFixture.hashParts)
    func readsRealNarInfos(_ cache: String, _ hashPart: String) throws {
        let bytes = try #require(CacheFixture.bytes("\(cache)/\(hashPart).narinfo"))
        let statement = try verifier.verify(bytes, asked: hashPart, in: .nix, source: Self.source, at: Self.time)
        let claim = try #require(statement.claims.first)
        #expect(statement.claims.count == 1)
        #expect(statement.refused.isEmpty)
        #expect(statement.evidence == bytes)
        #expect(claim.key == identity(cache))
        #expect(claim.form == .cacheSignature)
        #expect(claim.source == Self.source)
        #expect(claim.observedAt == Self.time)
        #expect(claim.subject == .storePath(statement.narInfo.storePath.path))
        #expect(claim.statement == .outcome(statement.narInfo.outcome))
        #expect(claim.evidence == Digest256(ContentHash(of: bytes, algorithm: .sha256).digest))
    }

    /// A signature belongs to its key, whoever served it.
    @Test func countsEachSignatureForItsKey() throws {
        let foreign = CacheFixture.narInfo("b", Self.hashPart).split(separator: "\n").filter { $0.hasPrefix("Sig: ") }
        let statement = try verify(good + foreign.map { $0 + "\n" }.joined())
        #expect(Set(statement.claims.map(\.key)) == Set([identity("a"), identity("b")].compactMap { $0 }))
        #expect(Set(statement.claims.map(\.source)) == [Self.source])
        let alone = try verify(good("Sig", String(foreign.first ?? "")))
        #expect(alone.claims.map(\.key) == [identity("b")].compactMap { $0 })
    }

    @Test func countsAKeyOnce() throws {
        let line = good.split(separator: "\n").first { $0.hasPrefix("Sig: ") } ?? ""
        let statement = try verify(good + line + "\n")
        #expect(statement.claims.count == 1)
    }

    @Test func refusesAForgedNameOfATrustedKey() throws {
        let other =
            CacheFixture.narInfo("b", Self.hashPart).split(separator: "\n").first { $0.hasPrefix("Sig: ") } ?? ""
        let forged = "Sig: cache-a.quorate.test-1:" + (other.split(separator: ":").last ?? "").drop { $0 == " " }
        let statement = try verify(good("Sig", forged))
        #expect(statement.claims.isEmpty)
        #expect(statement.refused == ["signature under the name 'cache-a.quorate.test-1' does not verify"])
        // Beside a good one it takes nothing away, in either order.
        for text in [
            good + forged + "\n",
            good("Sig", forged) + (good.split(separator: "\n").first { $0.hasPrefix("Sig") } ?? "") + "\n",
        ] {
            let statement = try verify(text)
            #expect(statement.claims.map(\.key) == [identity("a")].compactMap { $0 })
            #expect(statement.refused.count == 1)
        }
    }

    @Test(arguments: [
        "cache-a.quorate.test-1:", "cache-a.quorate.test-1:AAAA", "cache-a.quorate.test-1:%%%%", "nonsense", ":AAAA",
        "cache-a.quorate.test-1: AAAA",
    ])
    func keepsTheGoneSignatureBesideOneThatCannotBeRead(_ signature: String) throws {
        let statement = try verify(good + "Sig: \(signature)\n")
        #expect(statement.claims.map(\.key) == [identity("a")].compactMap { $0 })
        #expect(statement.refused.count == 1)
        #expect(verifier.validSignatures(of: try nix(statement)).count == 1)
    }

    @Test func claimsNothingWithoutAKeyOfThePolicy() throws {
        let stranger = try NixSecretKey.generate(name: "stranger-1")
        let narInfo = try nix(verify(good)).replacingSignatures(with: []).signed(by: stranger)
        let statement = try verifier.verify(
            narInfo.serialized, asked: Self.hashPart, in: .nix, source: "s", at: Self.time)
        #expect(statement.claims.isEmpty)
        #expect(statement.refused == ["no signature of a key in the policy"])
        #expect(try verify(good("Sig", "")).claims.isEmpty)
        #expect(NarInfoVerifier(policy: .empty).validSignatures(of: try nix(verify(good))).isEmpty)
    }

    /// What is signed is path, hash, size and references: any of them changed, and nothing is claimed.
    @Test(arguments: [
        ("NarHash", "NarHash: sha256:0000000000000000000000000000000000000000000000000000"), ("NarSize", "NarSize: 9"),
        ("References", "References: \(hashPart)-repro-1.0"),
        ("StorePath", "StorePath: /nix/store/\(hashPart)-repro-1.1"),
    ])
    func claimsNothingForWhatWasChanged(_ field: String, _ line: String) throws {
        let statement = try verify(good(field, line))
        #expect(statement.claims.isEmpty)
        #expect(statement.refused.count == 1)
    }

    /// What is not signed does not matter to the claim.
    @Test(arguments: [
        ("URL", "URL: https://elsewhere.example/x.nar"), ("Deriver", ""), ("FileSize", "FileSize: 1"), ("FileHash", ""),
        ("Compression", "Compression: zstd"),
    ])
    func claimsTheSameForWhatIsNotSigned(_ field: String, _ line: String) throws {
        let statement = try verify(good(field, line))
        #expect(statement.claims.map(\.statement) == (try verify(good)).claims.map(\.statement))
    }

    @Test func readsAHashInAnotherSpelling() throws {
        let narHash = try verify(good).narInfo.narHash.contentHash
        for spelling in [narHash.spelled(.base16), narHash.spelled(.base64), narHash.spelled(.sri)] {
            let statement = try verify(good("NarHash", "NarHash: \(spelling)"))
            #expect(statement.claims.count == 1, "\(spelling)")
            #expect(statement.claims.first?.statement == (try verify(good)).claims.first?.statement)
        }
    }

    @Test func refusesAnotherPathsNarInfo() throws {
        let error = #expect(throws: SourceTrouble.self) {
            try verify(good, asked: "q04vps5hg4mhhz2arn4pdw7xhzx7iggm")
        }
        #expect(error?.kind == .malformed)
        #expect(error?.message.contains("describes another path") == true)
    }

    static let malformed: [(String, @Sendable (String) -> String)] = [
        ("empty", { _ in "" }), ("a page", { _ in "<html>not found</html>\n" }),
        ("no last newline", { String($0.dropLast()) }),
        ("CR", { $0.replacing("\n", with: "\r\n") }),
        ("one CR", { $0.replacing("Compression: xz", with: "Compression: xz\r") }),
        ("a NUL", { $0 + "X: \0\n" }), ("empty line", { $0 + "\n" }), ("no colon", { $0 + "nonsense\n" }),
        ("two NarHash", { $0 + "NarHash: sha256:0000000000000000000000000000000000000000000000000000\n" }),
        ("two equal StorePath", { $0 + ($0.prefix { $0 != "\n" }) + "\n" }), ("two NarSize", { $0 + "NarSize: 1\n" }),
        ("two References", { $0 + "References: \n" }),
        ("negative size", { $0.replacing("NarSize: ", with: "NarSize: -") }),
        ("plus size", { $0.replacing("NarSize: ", with: "NarSize: +") }),
        ("zero-padded size", { $0.replacing("NarSize: ", with: "NarSize: 0") }),
        ("zero size", { $0.replacing(#/NarSize: \d+/#, with: "NarSize: 0") }),
        ("huge size", { $0.replacing(#/NarSize: \d+/#, with: "NarSize: 18446744073709551616") }),
        ("md5 NAR hash", { $0.replacing(#/NarHash: .*/#, with: "NarHash: md5:0000000000000000000000000w") }),
        ("other store", { $0.replacing("/nix/store/", with: "/gnu/store/") }),
        ("path out of the store", { $0.replacing("/nix/store/", with: "/nix/store/../store/") }),
        ("reference out of the store", { $0.replacing("References: ", with: "References: ../../etc/passwd ") }),
        ("unknown compression", { $0.replacing("Compression: xz", with: "Compression: rot13") }),
        ("spaces in URL", { $0.replacing("URL: ", with: "URL: a b") }),
        ("no StorePath", { $0.replacing(#/StorePath: .*\n/#, with: "") }),
        ("no URL", { $0.replacing(#/URL: .*\n/#, with: "") }),
        ("no NarSize", { $0.replacing(#/NarSize: .*\n/#, with: "") }),
        ("65 signatures", { $0 + String(repeating: "Sig: k:AAAA\n", count: 64) }),
        ("over 1 MiB", { $0 + "X: " + String(repeating: "x", count: 1 << 20) + "\n" }),
        ("many unknown fields", { $0 + (0..<40).map { "X\($0): y\n" }.joined() }),
    ]

    @Test(arguments: malformed.indices) func refusesWhatIsNoNarInfo(_ index: Int) throws {
        let (name, change) = Self.malformed[index]
        let text = change(good)
        #expect(text != good, "\(name) changes nothing")
        let error = #expect(throws: SourceTrouble.self, "\(name)") { try verify(text) }
        #expect(error?.kind == .malformed)
        #expect(error?.message.hasPrefix("\(Self.source)\(Self.hashPart).narinfo: ") == true)
        #expect((error?.message.utf8.count ?? 0) < 600, "\(name)")
        #expect(error?.message.contains("\n") == false, "\(name)")
    }

    @Test func refusesBytesThatAreNoText() {
        #expect(throws: SourceTrouble.self) {
            try verifier.verify([0xFF, 0xFE, 0x0A], asked: Self.hashPart, in: .nix, source: "s", at: Self.time)
        }
    }

    /// Whatever is changed in a good one: it is refused, claims nothing, or claims what it claimed.
    @Test func neverClaimsWhatWasNotSigned() throws {
        var random = SeededGenerator(seed: 4)
        let signed = try verify(good).claims.map(\.statement)
        let original = Array(good.utf8)
        for _ in 0..<2000 {
            var bytes = original
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0...2, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.remove(at: place)
            default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: place)
            }
            guard
                let statement = try? verifier.verify(bytes, asked: Self.hashPart, in: .nix, source: "s", at: Self.time)
            else {
                continue
            }
            #expect(statement.claims.isEmpty || statement.claims.map(\.statement) == signed)
        }
    }
}
