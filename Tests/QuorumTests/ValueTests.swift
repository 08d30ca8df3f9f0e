import Quorum
import TestSupport
import Testing

@Suite struct ValueTests {
    @Test func digestKeepsItsBytes() throws {
        let bytes = (0..<32).map { UInt8($0 * 7 + 1) }
        let digest = try #require(Digest256(bytes))
        #expect(digest.bytes == bytes)
        #expect(Digest256(hex: digest.hex) == digest)
        #expect(digest.description == digest.hex)
        #expect(Digest256(bytes.dropLast()) == nil)
        #expect(Digest256(bytes + [0]) == nil)
        #expect(Digest256([UInt8]()) == nil)
    }

    @Test(arguments: ["", "00", String(repeating: "A", count: 64), String(repeating: "0", count: 63)])
    func digestRefusesOtherSpellings(hex: String) {
        #expect(Digest256(hex: hex) == nil)
    }

    @Test func digestsAreOrderedAsTheirBytes() {
        var generator = SeededGenerator(seed: 1)
        var lists = (0..<200).map { _ in (0..<32).map { _ in UInt8.random(in: 0...3, using: &generator) } }
        let sorted = lists.compactMap { Digest256($0) }.sorted().map(\.bytes)
        lists.sort { $0.lexicographicallyPrecedes($1) }
        #expect(sorted == lists)
    }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59Z", -1), ("2000-02-29T12:00:00Z", 951_825_600),
            ("2027-01-15T08:00:00Z", 1_800_000_000), ("9999-12-31T23:59:59Z", 253_402_300_799),
            ("0000-01-01T00:00:00Z", -62_167_219_200),
        ] as [(String, Int64)])
    func timestampsReadAndPrint(text: String, seconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.secondsSince1970 == seconds)
        #expect(Timestamp(secondsSince1970: seconds).description == text)
    }

    @Test(
        arguments: [
            "", "2027-01-01", "2027-01-01T00:00:00", "2027-01-01t00:00:00Z", "2027-01-01T00:00:00z",
            "2027-01-01T00:00:00+00:00", "2027-01-01T00:00:00.0Z", "2027-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
            "2027-13-01T00:00:00Z", "2027-00-01T00:00:00Z", "2027-04-31T00:00:00Z", "2027-01-00T00:00:00Z",
            "2027-01-01T24:00:00Z", "2027-01-01T00:60:00Z", "2027-01-01T00:00:60Z", "+027-01-01T00:00:00Z",
            "2027-01-01 00:00:00Z", "２027-01-01T00:00:0Z",
        ])
    func timestampsRefuseOtherSpellings(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func timestampsPrintWhatTheyRead() {
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<5_000 {
            let moment = Timestamp(
                secondsSince1970: Int64.random(in: -62_167_219_200...253_402_300_799, using: &generator))
            #expect(Timestamp(rfc3339: moment.description) == moment)
        }
        // Far away moments print without trapping.
        #expect(!Timestamp(secondsSince1970: .max).description.isEmpty)
        #expect(!Timestamp(secondsSince1970: .min).description.isEmpty)
    }

    @Test func referencesAreASet() {
        let outcome = StorePathOutcome(narHash: Samples.digest(1), narSize: 1, references: ["/b", "/a", "/b"])
        #expect(outcome.references == ["/a", "/b"])
        #expect(outcome == StorePathOutcome(narHash: Samples.digest(1), narSize: 1, references: ["/a", "/b"]))
    }

    @Test func subjectsKnowTheirScopeAndName() {
        let artifact = DebianArtifact(fileName: "h_1_all.deb", package: "h", version: "1:1", architecture: "all")
        #expect(Samples.subject.scope == .nix)
        #expect(Samples.guixSubject.scope == .guix)
        #expect(Subject.storePath("/tmp/store/x-y").scope == .nix)
        #expect(Subject.debian(artifact).scope == .debian)
        #expect(Samples.subject.packageName == "hello-2.12.1")
        #expect(Subject.storePath("odd").packageName == "odd")
        #expect(Subject.debian(artifact).packageName == "h")
        #expect([Subject.debian(artifact), Samples.subject].sorted() == [Samples.subject, .debian(artifact)])
    }

    @Test func keysHaveALength() {
        #expect(KeyIdentity(algorithm: .ed25519, bytes: [1]) == nil)
        #expect(KeyIdentity(algorithm: .rsa, bytes: []) == nil)
        #expect(KeyIdentity(algorithm: .rsa, bytes: [1])?.description == "rsa:01")
    }

    @Test(
        arguments: [
            ("hello-*", "hello-2.12.1", true), ("hello-*", "hello", false), ("*", "x", nil), ("**a", "a", nil),
            ("a*b*c", "a-b-b-c", true), ("a*b*c", "a-b-b-d", false), ("?ello", "hello", true), ("?ello", "ello", false),
            ("*lib*", "glibc", true), ("hello", "hello", true), ("hello", "hello-1", false), ("a*", "a", true),
            ("/nix/store/*-hello", "/nix/store/abc-hello", true), ("a b", "a b", nil), ("", "", nil),
            ("???", "abc", nil),
            ("a?*", "a", false), ("ä", "ä", nil), ("a[b]", "ab", nil),
        ] as [(String, String, Bool?)])
    func globs(pattern: String, name: String, expected: Bool?) {
        #expect(GlobPattern(pattern)?.matches(name) == expected)
    }

    @Test func hostileGlobsAreFast() throws {
        let pattern = try #require(GlobPattern(String(repeating: "a*", count: 250) + "b"))
        #expect(!pattern.matches(String(repeating: "a", count: 2_000)))
    }
}
