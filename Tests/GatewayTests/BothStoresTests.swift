import Compression
import Quorum
import StoreFormats
import Testing

@testable import Gateway

@Suite("One gateway for two stores")
struct BothStoresTests {
    private static let hash = "0123456789abcdfghijklmnpqrsvwxyz0123456789abcdfghijk"

    @Test(
        "A path says which store it is about",
        arguments: [
            ("/x.narinfo", CacheKind.guix, "x.narinfo"), ("/nix/x", .nix, "x"), ("/guix/nar/x", .guix, "nar/x"),
            ("/nix", .guix, "nix"), ("/nixx/y", .guix, "nixx/y"), ("/guix/nix/x", .guix, "nix/x"), ("", .guix, ""),
            ("//nix/x", .guix, "/nix/x"),
        ])
    func routes(path: String, store: CacheKind, rest: String) {
        let route = SubstituterPath.route(path, root: .guix)
        #expect(route.store == store && route.rest == rest)
    }

    @Test(
        "A NAR is offered to Guix in what it knows, and in gzip in any case; to Nix in one compression",
        arguments: [
            ([CompressionFormat.gzip], [CompressionFormat.gzip], CompressionFormat.gzip),
            ([.zstd, .lzip, .gzip], [.lzip, .zstd, .gzip], .zstd), ([.br, .lz4], [.gzip], .br),
            ([.none], [.gzip, .none], .none), ([.lzip], [.lzip, .gzip], .lzip), ([.lz4, .xz], [.gzip, .xz], .xz),
        ])
    func compressions(there: [CompressionFormat], guix: [CompressionFormat], nix: CompressionFormat) {
        let candidates = there.map { SpoolItem.Candidate(cache: "c", url: "u", compression: $0, leaf: "l") }
        #expect(NarInfoWriter.compressions(of: candidates, for: .guix) == guix)
        #expect(NarInfoWriter.compressions(of: candidates, for: .nix) == [nix])
        #expect(NarInfoWriter.compressions(of: [], for: .guix) == nil)
    }

    @Test("A source's name is one name and a SHA-256 in nix32")
    func sourceNames() {
        #expect(SourceFiles.Name("gcc-14%2B.tar.xz/sha256/\(Self.hash)"[...])?.hash.count == 32)
        for name in [
            "", "a", "a/sha256", "a/sha256/", "/sha256/\(Self.hash)", "../sha256/\(Self.hash)",
            "./sha256/\(Self.hash)", "a/b/sha256/\(Self.hash)", "a/sha1/\(Self.hash)", "a/sha256/\(Self.hash)/",
            "a/sha256/\(Self.hash.dropLast())", "a/sha256/\(Self.hash.dropLast())e", "a b/sha256/\(Self.hash)",
            "\(String(repeating: "a", count: 256))/sha256/\(Self.hash)",
        ] {
            #expect(SourceFiles.Name(name[...]) == nil, "\(name)")
        }
    }

    @Test(
        "The root is the first quorum's store, or else the first cache's",
        arguments: [
            ("", CacheKind.nix), ("quorum guix g\nquorum nix n\n", .guix), ("quorum nix n\nquorum guix g\n", .nix),
        ])
    func root(quorums: String, store: CacheKind) throws {
        let key = "6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY="
        let q = "814F8C3908A31D68C36FE2400E4A25C6A9FB9F83BC88108F10CEBEB630D026BF"
        let policy = try Policy.parse(
            "cache n nix n-1:\(key) http://n.example\ncache g guix \(q) http://g.example\n\(quorums)")
        let configuration = GatewayConfiguration(key: try NixSecretKey.generate(name: "k"), spoolDirectory: "/")
        #expect(StoreFronts(policy, configuration).root == store)
        let only = try Policy.parse("cache g guix \(q) http://g.example\n")
        #expect(StoreFronts(only, configuration).root == .guix)
    }
}
