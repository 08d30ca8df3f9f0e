import Foundation
import Glibc
import StoreFormats
import TestSupport
import Testing

/// What goes between Quorate's store and a real nix, both ways.
@Suite(
    "quorate store beside a real nix",
    .enabled(if: ["/usr/bin", "/usr/local/bin", "/bin"].contains { access("\($0)/nix", X_OK) == 0 }, "needs nix"))
struct NixStoreTests {
    private static func home() throws -> Home {
        let home = try StoreTests.home()
        try home.folder.write(
            "nix-conf/nix.conf", "build-users-group =\nsubstituters =\nexperimental-features = nix-command\n")
        return home
    }

    /// Runs a script in which `$0` is the program and `$QUORATE_HOME` the folder; the script ends with the first error.
    private static func script(_ words: String, _ arguments: [String] = [], home: Home) async throws -> String {
        let output = try await Program.run(
            shell: "set -e; cd \"$QUORATE_HOME\"; " + words, arguments, home: home)
        #expect(output.status == 0, "\(output.err)")
        return output.out
    }

    @Test("Exports are the same bytes, and each takes the other's")
    func exports() async throws {
        let home = try Self.home()
        let out = try await Self.script(
            """
            p=$("$0" store add tree); test "$p" = "$(nix-store --add tree)"
            "$0" store export "$p" > ours; nix-store --export "$p" > theirs; cmp ours theirs
            nix-store --store "$PWD/other" --import < ours
            "$0" store import --store "$PWD/s2" < theirs
            nix-store --dump tree > theirs.nar; "$0" store export --nar "$p" | cmp - theirs.nar
            """, home: home)
        let paths = Set(out.split(separator: "\n"))
        #expect(paths.count == 1)
    }

    @Test("Nix copies from a cache that was published", arguments: ["none", "zstd", "xz"])
    func published(_ compression: String) async throws {
        let home = try Self.home()
        let out = try await Self.script(
            """
            p=$("$0" store add tree); q=$("$0" store add --flat --hash-algo md5 file)
            key=$("$0" key generate cache.example-1 -o key)
            "$0" store publish --to cache --key key --sign-all --compression "$1" "$p" "$q"
            nix copy --from "file://$PWD/cache" --to "$PWD/other" --option trusted-public-keys "$key" \
              --option require-sigs true "$p" "$q"
            nix-store --store "$PWD/other" --verify --check-contents
            cmp "other$q" file; echo "$p"
            """, [compression], home: home)
        let path = try #require(out.split(separator: "\n").last)
        let copied = try NarHasher.hash(path: home.folder.file("other") + path)
        #expect(try copied == NarHasher.hash(path: home.folder.file("tree")))
    }

    @Test("Nix copies from a live cache", arguments: ["none", "zstd"])
    func live(_ compression: String) async throws {
        let home = try Self.home()
        let path = try await Self.script(
            #""$0" key generate cache.example-1 -o key > key.pub; "$0" store add tree"#, home: home)
        let server = try await CacheProcess(home, ["--key", home.folder.file("key"), "--compression", compression])
        defer { server.process.signal(SIGKILL) }
        _ = try await Self.script(
            """
            nix copy --from "http://127.0.0.1:$2" --to "$PWD/other" --option trusted-public-keys "$(cat key.pub)" "$1"
            nix-store --store "$PWD/other" --verify --check-contents
            """, [String(path.dropLast()), String(server.port)], home: home)
    }

    @Test("Derivations are shown byte for byte as Nix shows them, and come back")
    func derivations() async throws {
        let home = try Self.home()
        try home.folder.write(
            "t.nix",
            #"""
            let base = { system = "x86_64-linux"; builder = "/bin/sh"; }; in derivation (base // {
              name = "top"; args = [ "-c" "echo hi > $out" ]; text = "a\"b\\c\nd\te";
              dep = derivation (base // { name = "dep"; outputs = [ "out" "dev" ]; src = ./file; });
              source = derivation (base // {
                name = "source"; outputHashMode = "recursive"; outputHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
              });
            })
            """#)
        _ = try await Self.script(
            """
            d=$(nix-instantiate t.nix); nix show-derivation -r "$d" > theirs
            nix-store --export $(nix-store -qR "$d") | "$0" store import > list
            "$0" derivation show --format 2.8 -r "$d" > ours; cmp ours theirs
            "$0" derivation show --format aterm "$d" | cmp - "root$d"
            "$0" store add --store "$PWD/s2" file; "$0" derivation add --store "$PWD/s2" theirs > added
            for p in $(cat added); do cmp "s2$p" "root$p"; done; test $(wc -l < added) = 3
            "$0" derivation show --json -r "$d" | "$0" derivation add --store "$PWD/s2" | cmp - added
            """, home: home)
    }

    @Test("A derivation written by hand is one that Nix takes")
    func written() async throws {
        let home = try Self.home()
        try home.folder.write(
            "hand.json",
            """
            {"name": "hand", "system": "x86_64-linux", "builder": "/bin/sh", "args": ["-c", "echo hi > $out"],
             "env": {}, "inputDrvs": {}, "inputSrcs": [], "outputs": {"out": {}, "dev": {}}}
            """)
        let out = try await Self.script(
            """
            d=$("$0" derivation add --fill hand.json); test "$d" = "$("$0" derivation show --json "$d" | "$0" derivation add)"
            "$0" store export "$d" | nix-store --import > /dev/null; nix-store --query --outputs "$d"
            """, home: home)
        #expect(out.split(separator: "\n").count == 2)
    }
}
