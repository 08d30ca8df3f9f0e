import Foundation
import Glibc
import StoreFormats
import TestSupport
import Testing

@Suite(
    "A real nix as the client",
    .enabled(if: ["/usr/bin", "/usr/local/bin", "/bin"].contains { access("\($0)/nix", X_OK) == 0 }, "needs nix"))
struct NixClientTests {
    /// Installs paths through the gateway alone into an empty store.
    private func realise(_ paths: [String], _ gateway: GatewayProcess, home: Home) async throws -> Program.Output {
        try home.folder.write("nix-conf/nix.conf", "")
        let store = home.folder.file("root")
        return try await Program.run(
            shell: """
                exec nix-store --store "$STORE" --realise "$@" --option sandbox false --option build-users-group '' \
                  --option substituters "$GATEWAY" --option trusted-public-keys "$KEY" --option fallback true \
                  --option narinfo-cache-negative-ttl 0 --option require-sigs true
                """,
            paths, home: home,
            environment: [
                "STORE": store, "GATEWAY": gateway.address, "KEY": gateway.publicKey,
                "XDG_CACHE_HOME": home.folder.file("nix-cache-\(gateway.port)"),
                "NIX_REMOTE": "",
            ])
    }

    private static func product(_ name: String) throws -> NarInfo {
        let all = CacheFixture.hashParts.compactMap { CacheFixture.bytes("a/\($0).narinfo") }
            .compactMap { try? NarInfo(parsing: $0, in: .nix, accepting: .seenInCaches) }
        return try #require(all.first { $0.storePath.name == name })
    }

    @Test(
        "It installs what two of three builders agree on, closure and all, beside a hostile cache; the rest it refuses")
    func installs() async throws {
        let hostile = FakeCache()
        let key = CacheFixture.key("a")
        let names = ["ref-b-1.0", "multi-1.0-doc", "modes-1.0", "fixed-flat-1.0", "fixed-sha512-1.0", "fixed-rec-1.0"]
        let good = try names.map(Self.product)
        let bad = try Self.product("timestamp-1.0")
        // It says whatever would do harm, under its own key and under names that are trusted.
        let liar = try Builder("liar")
        for narInfo in good + [bad] {
            let evil = Product(
                narInfo.storePath, nar: Nar.file(Array("evil".utf8)), contentAddress: narInfo.contentAddress)
            let forger = try NixSecretKey.generate(name: String(key.prefix { $0 != ":" }))
            try hostile.publish(
                evil, narInfo: evil.narInfo([liar]).signed(by: forger), file: evil.nar)
        }
        try await Upstream.serving({ Upstream.file("a", $0) }) { a in
            try await Upstream.serving({ Upstream.file("b", $0) }) { b in
                try await Upstream.serving({ Upstream.file("c", $0) }) { c in
                    try await serving([hostile]) { addresses in
                        let honest = CacheFixture.policyText([a.address, b.address, c.address])
                        let group = honest.split(separator: "\n").dropLast(2).joined(separator: "\n")
                        let policy =
                            liar.line(addresses[0]) + group + "\ngroup some 3 liar a b c\nquorum nix some\n"
                        let home = try Home(policy: policy)
                        try await withGateway(home) { gateway async throws in
                            try await check(gateway, home: home, good: good, bad: bad)
                        }
                    }
                }
            }
        }
    }

    private func check(_ gateway: GatewayProcess, home: Home, good: [NarInfo], bad: NarInfo) async throws {
        let output = try await realise(good.map(\.storePath.path), gateway, home: home)
        #expect(output.status == 0, "\(output.err)")
        for narInfo in good {
            let path = home.folder.file("root") + narInfo.storePath.path
            let hash = try NarHasher.hash(path: path)
            #expect(hash.hash == narInfo.narHash, "\(narInfo.storePath)")
        }
        let refused = try await realise([bad.storePath.path], gateway, home: home)
        #expect(refused.status != 0)
        #expect(!FileManager.default.fileExists(atPath: home.folder.file("root") + bad.storePath.path))
        // What is installed carries the gateway's signature alone; who agreed on it is in the ledger.
        let revoked = try await Program.run(["revoke", "key", "nix", CacheFixture.key("b")], home: home)
        #expect(revoked.status == 0, "\(revoked.err)")
        for narInfo in good { #expect(revoked.out.contains("  \(narInfo.storePath.path)\n"), "\(revoked.out)") }
    }
}
