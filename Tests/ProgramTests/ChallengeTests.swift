import Foundation
import GuixFormats
import StoreFormats
import TestSupport
import Testing

@Suite("quorate challenge")
struct ChallengeTests {
    /// What `challenge --json` prints, as far as it is looked at here.
    struct Document: Decodable {
        struct Entry: Decodable {
            struct Statement: Decodable {
                let who: String
                let standing: String
                let signedBy: [String]?

                var signers: [String] { signedBy ?? [] }
            }
            struct Silent: Decodable {
                let who: String
                let reason: String
            }
            struct Comparison: Decodable {
                struct File: Decodable {
                    let path: String
                    let difference: String
                }
                struct Disagreement: Decodable {
                    let who: String
                    let foundNarHash: String?
                }
                let files: [File]
                let disagreements: [Disagreement]
                let troubles: [String]
            }
            let path: String
            let result: String
            let statements: [Statement]
            let earlier: [Statement]
            let silent: [Silent]
            let comparison: Comparison?
        }
        let version: Int
        let summary: [String: Int]
        let paths: [Entry]

        init(_ text: String) throws { self = try JSONDecoder().decode(Document.self, from: Data(text.utf8)) }
    }

    private static func challenge(
        _ arguments: [String], home: Home
    ) async throws -> (output: Program.Output, document: Document) {
        let output = try await Program.run(["challenge", "--json"] + arguments, home: home)
        return (output, try Document(output.out))
    }

    /// The paths of the fixture caches, by name.
    private static func paths(_ names: String...) throws -> [String] {
        let all = CacheFixture.hashParts.compactMap { hashPart in
            CacheFixture.narInfo("a", hashPart).split(separator: "\n").first?.dropFirst("StorePath: ".count)
        }
        return try names.map { name in String(try #require(all.first { $0.hasSuffix("-" + name) })) }
    }

    private static func fixtureHome() throws -> Home {
        try Home(policy: CacheFixture.policyText(CacheFixture.caches.map { "file://\(CacheFixture.folder)/\($0)" }))
    }

    @Test("Three real caches: what differs is found, and the files in which it does")
    func fixtures() async throws {
        let home = try Self.fixtureHome()
        let paths = try Self.paths("repro-1.0", "tarmtime-1.0", "multibad-1.0-doc", "fixed-rec-1.0")
        for _ in 0..<2 {
            let (output, document) = try await Self.challenge(paths, home: home)
            #expect(output.status == 2)
            #expect(document.paths.map(\.path) == paths)
            #expect(document.paths.map(\.result) == ["match", "mismatch", "mismatch", "match"])
            #expect(document.summary == ["match": 2, "mismatch": 2, "inconclusive": 0])
            #expect(document.paths[1].comparison?.files.map(\.path) == ["/w.tar.gz"])
            #expect(document.paths[2].comparison?.files.map(\.path) == ["/built-at"])
            #expect(document.paths[3].statements.map(\.standing) == ["signed", "signed", "signed", "proven"])
        }
        let plain = try await Program.run(["challenge", "--diff", "none"] + paths, home: home)
        #expect(plain.status == 2)
        #expect(plain.out.contains("4 paths: 2 match (50.0 %), 2 differ (50.0 %), 0 inconclusive (0.0 %)"))
        #expect(!plain.out.contains("/built-at"))
        #expect(plain.err == "")
    }

    @Test("What matches is status 0, what too few say 1, what differs 2, and references count too")
    func statuses() async throws {
        let scene = try Scene(2)
        let same = try Product("same")
        let alone = try Product("alone")
        try scene.publish(same, at: 0, 1)
        try scene.publish(alone, at: 0)
        var first = try Product("references")
        try scene.publish(first, at: 0)
        first.references = [same.storePath]
        try scene.publish(first, at: 1)
        let differing = first
        try await scene.run { home in
            let cases: [(Product, Int32, String)] = [
                (same, 0, "match"), (alone, 1, "inconclusive"), (differing, 2, "mismatch"),
                (try Product("unknown"), 1, "inconclusive"),
            ]
            for (product, status, result) in cases {
                let (output, document) = try await Self.challenge([product.storePath.path], home: home)
                #expect(output.status == status)
                #expect(document.paths.map(\.result) == [result])
            }
            let (_, document) = try await Self.challenge([alone.storePath.path], home: home)
            #expect(document.paths.first?.silent.map(\.who) == ["bert"])
            let text = try await Program.run(["challenge", differing.storePath.path], home: home)
            #expect(text.out.contains("1 references"))
            #expect(text.out.contains("the contents are the same"))
        }
    }

    @Test("A server whose narinfo states one thing and whose NAR is another is named, and the rest is compared")
    func narInfoAndNarDisagree() async throws {
        let scene = try Scene(3)
        let honest = try Product("lied-about", contents: "one")
        let stated = Product(honest.storePath, nar: Nar.file(Array("two".utf8)))
        let larger = Product(honest.storePath, nar: Nar.file(Array("three and more".utf8)))
        try scene.publish(honest, at: 0)
        // The narinfo of one, the file of the other: the same, and one that is larger than stated.
        let lie = try stated.narInfo([scene.builders[1]])
        try scene.caches[1].publish(honest, narInfo: lie, file: honest.nar)
        let other = Product(honest.storePath, nar: Nar.file(Array("ten".utf8)))
        try scene.caches[2].publish(
            honest, narInfo: other.narInfo([scene.builders[2]]), file: larger.nar)
        try await scene.run { home in
            let (output, document) = try await Self.challenge([honest.storePath.path], home: home)
            #expect(output.status == 2)
            let comparison = try #require(document.paths.first?.comparison)
            #expect(comparison.disagreements.map(\.who) == ["bert", "cleo"])
            #expect(comparison.disagreements[0].foundNarHash == "sha256:\(try honest.narHash.hex)")
            #expect(comparison.disagreements[1].foundNarHash == nil)
            let text = try await Program.run(["challenge", honest.storePath.path], home: home)
            #expect(text.out.contains("narinfo and NAR disagree"))
            #expect(text.out.contains("which is what anna has"))
        }
    }

    @Test("What a server said once and says no more is shown, and does not count")
    func withdrawn() async throws {
        let scene = try Scene(3)
        let one = try Product("withdrawn", contents: "one")
        let lie = Product(one.storePath, nar: Nar.file(Array("two".utf8)))
        let path = one.storePath.path
        try scene.publish(one, at: 0, 2)
        let name = "/\(one.hashPart).narinfo"
        let replies: [FakeCache.Reply] = [
            .answer(UpstreamAnswer(404)), .answer(UpstreamAnswer(500)), .answer(UpstreamAnswer(body: "nonsense")),
            .nothing, .dropped,
        ]
        for reply in replies {
            try await scene.run { home in
                try scene.publish(lie, at: 1)
                #expect(try await Self.challenge([path], home: home).output.status == 2)
                scene.caches[1].set(name, reply)
                for arguments in [["--refresh"], []] {
                    let (output, document) = try await Self.challenge(
                        ["--deadline", "1"] + arguments + [path], home: home)
                    #expect(output.status == 0)
                    let entry = try #require(document.paths.first)
                    #expect(entry.statements.map(\.who) == ["anna", "cleo"])
                    #expect(entry.earlier.map(\.who) == ["bert"])
                    #expect(entry.silent.map(\.who) == ["bert"])
                }
                let text = try await Program.run(["challenge", "--deadline", "1", path], home: home)
                #expect(text.status == 0)
                #expect(text.out.contains("bert, signed, earlier and not now"))
                // For verify dissent stays dissent.
                let verdict = try await Program.run(["verify", "--json", path], home: home)
                #expect(verdict.out.contains("bert"))
                // What it says at last is what counts.
                try scene.publish(lie, at: 1)
                #expect(try await Self.challenge(["--refresh", path], home: home).output.status == 2)
                try scene.publish(one, at: 1)
                let (agreed, document) = try await Self.challenge(["--refresh", path], home: home)
                #expect(agreed.status == 0)
                #expect(document.paths.first?.statements.count == 3)
                #expect(document.paths.first?.earlier.map(\.who) == ["bert"])
            }
        }
    }

    @Test("A voice that is gone is one fewer")
    func fewerVoices() async throws {
        let scene = try Scene(2)
        let product = try Product("gone")
        try scene.publish(product, at: 0, 1)
        try await scene.run { home in
            let path = product.storePath.path
            #expect(try await Self.challenge([path], home: home).output.status == 0)
            scene.caches[1].set("/\(product.hashPart).narinfo", .answer(UpstreamAnswer(404)))
            for arguments in [["--refresh"], []] {
                let (output, document) = try await Self.challenge(arguments + [path], home: home)
                #expect(output.status == 1)
                #expect(document.paths.first?.silent.map(\.reason) == ["does not have it"])
            }
        }
    }

    @Test("A NAR that is missing, damaged or cut off is trouble told in a line, and the verdict stands")
    func damagedNars() async throws {
        let scene = try Scene(2)
        let one = try Product("damaged", contents: "one")
        let two = Product(one.storePath, nar: Nar.file(Array("two".utf8)))
        try scene.publish(one, at: 0)
        let replies: [FakeCache.Reply] = [
            .answer(UpstreamAnswer(404)), .answer(UpstreamAnswer(500)), .answer(UpstreamAnswer(body: "nonsense")),
            .answer(UpstreamAnswer(body: Array(two.nar.dropLast(20)))), .dropped,
        ]
        try await scene.run { home in
            for reply in replies {
                try scene.publish(two, at: 1)
                scene.caches[1].set("/nar/\(two.hashPart).nar", reply)
                let (output, document) = try await Self.challenge([one.storePath.path], home: home)
                #expect(output.status == 2)
                #expect(document.paths.first?.comparison?.troubles.count == 1)
            }
        }
    }

    @Test("A server that neither announces a length nor closes the connection is read to the end of its NAR")
    func endlessNar() async throws {
        let scene = try Scene(2)
        let one = try Product("endless", contents: "one")
        let two = Product(one.storePath, nar: Nar.file(Array("two".utf8)))
        try scene.publish(one, at: 0)
        try scene.publish(two, at: 1)
        scene.caches[1].set(
            "/nar/\(two.hashPart).nar", .hang(Array("HTTP/1.1 200 OK\r\n\r\n".utf8) + two.nar))
        try await scene.run { home in
            let (output, document) = try await Self.challenge([one.storePath.path], home: home)
            #expect(output.status == 2)
            #expect(document.paths.first?.comparison?.files.map(\.difference) == ["contents"])
        }
    }

    @Test("Servers given by address are asked and no others; their keys are given, known from the policy, or unknown")
    func addresses() async throws {
        let scene = try Scene(2)
        let product = try Product("addressed")
        try scene.publish(product, at: 0, 1)
        try await serving(scene.caches) { addresses in
            let home = try Home()
            let path = product.storePath.path
            let urls = addresses.flatMap { ["--url", $0] }
            let (unknown, first) = try await Self.challenge(urls + [path], home: home)
            #expect(unknown.status == 1)
            #expect(first.paths.first?.statements.map(\.standing) == ["unsigned", "unsigned"])
            // What nobody known signed is not remembered, so it is asked for again.
            let (_, again) = try await Self.challenge(urls + [path], home: home)
            #expect(again.paths.first?.statements.count == 2)
            let (counted, _) = try await Self.challenge(["--unsigned"] + urls + [path], home: home)
            #expect(counted.status == 0)
            let told = try await Program.run(["challenge", "-v", "--unsigned"] + urls + [path], home: home)
            #expect(told.out.contains("counted by --unsigned"))
            #expect(!told.out.contains("does not count"))
            let keys = scene.builders.flatMap { ["--key", "\($0.key.publicKey)"] }
            let both = ["--substitute-urls", addresses.joined(separator: " ")]
            let (known, document) = try await Self.challenge(both + keys + [path], home: home)
            #expect(known.status == 0)
            #expect(document.paths.first?.statements.flatMap(\.signers) == ["anna.example-1", "bert.example-1"])
            let policy = try Home(policy: scene.policy(addresses, 2))
            let (one, named) = try await Self.challenge(["--url", addresses[0], path], home: policy)
            #expect(one.status == 1)
            #expect(named.paths.first?.statements.map(\.who) == ["anna"])
        }
    }

    @Test("Why nobody says anything is said: who did not answer, and that there is nobody to ask")
    func silence() async throws {
        let path = "/nix/store/00000000000000000000000000000000-x"
        let nobody = "http://127.0.0.1:1"
        let unreachable = try await Program.run(["challenge", "--url", nobody, path], home: Home())
        #expect(unreachable.status == 1)
        #expect(unreachable.out.contains("nobody says anything about it; no answer of http://127.0.0.1:1/"))
        let guix = "/gnu/store/ra3zvhy7kz9mqngxjgql9d8sskbkz60b-timestamp-1.0"
        let unasked = try await Program.run(["challenge", guix], home: Self.fixtureHome())
        #expect(unasked.out.contains("so nobody was asked"))
        let absent = try await Program.run(["challenge", path], home: Self.fixtureHome())
        #expect(absent.out.contains("nobody says anything about it: nobody has it"))
        let empty = try await Program.run(["challenge", path], home: Home(policy: "policy empty\n"))
        #expect(empty.status == 78)
        // Without a policy the machine's own settings name the servers, and that is told.
        let home = try Home()
        try home.folder.write(
            "nix-conf/nix.conf",
            "substituters = http://127.0.0.1:1\ntrusted-public-keys = \(CacheFixture.key("a"))\n")
        for command in ["challenge", "weather"] {
            let own = try await Program.run([command, path], home: home)
            #expect(own.status == 1, "\(own.err)")
            #expect(own.err.contains("there is no policy"), "\(own.err)")
        }
        try home.folder.write("nix-conf/nix.conf", "substituters =\n")
        for command in ["challenge", "weather"] {
            let none = try await Program.run([command, path], home: home)
            #expect(none.status == 78 && none.errorLines.count == 1, "\(none.err)")
        }
    }

    @Test("A key that is given and has no name of its own is shown by its first digits")
    func namelessKeys() async throws {
        let path = try StorePath(baseName: "00000000000000000000000000000000-named", in: .gnu)
        let keys = try [GuixSecretKey.generate(), .generate()]
        let caches = [FakeCache(), FakeCache()]
        let nar = Nar.file(Array("contents".utf8))
        for (key, cache) in zip(keys, caches) {
            let narInfo = try GuixNarInfo(
                storePath: path, narHash: NarHash(ContentHash(of: nar, algorithm: .sha256)), narSize: UInt64(nar.count),
                references: [], deriver: nil,
                downloads: [.init(url: "nar/\(path.baseName)", compression: .none, fileSize: nil)], signedBy: key,
                host: "test")
            cache.set("/\(path.hashPart).narinfo", narInfo.serialized)
        }
        try await serving(caches) { addresses in
            let arguments =
                addresses.flatMap { ["--url", $0] } + keys.flatMap { ["--key", $0.publicKey.hexadecimal] } + [path.path]
            let output = try await Program.run(["challenge", "-v"] + arguments, home: Home())
            #expect(output.status == 0)
            for key in keys {
                let digits = key.publicKey.hexadecimal.prefix(8).lowercased()
                #expect(output.out.contains("signed by key-\(digits)"), "\(output.out)")
            }
            // The same key twice is one.
            let (_, document) = try await Self.challenge(
                arguments + ["--key", keys[0].publicKey.hexadecimal], home: Home())
            #expect(document.paths.first?.statements.flatMap(\.signers).count == 2)
        }
    }

    @Test("Keys of Guix are taken in each spelling, RSA ones too")
    func guixKeys() async throws {
        let (n, q) = (String(repeating: "AB", count: 256), GuixSample.q)
        let rsa = "(public-key (rsa (n #00\(n)#) (e #010001#)))"
        let home = try Home()
        try home.folder.write("rsa.pub", rsa)
        try home.folder.write("ecc.pub", "(public-key (ecc (curve Ed25519) (q #\(q)#)))")
        let arguments = ["challenge", "--url", "http://127.0.0.1:1", "/gnu/store/ra3zvhy7kz9mqngxjgql9d8sskbkz60b-x"]
        for key in [rsa, home.folder.file("rsa.pub"), q, home.folder.file("ecc.pub")] {
            let output = try await Program.run(arguments + ["--key", key], home: home)
            #expect(output.status == 1, "\(key): \(output.err)")
            #expect(!output.err.contains("--key"))
        }
        let others = ["AD", "AF"].map {
            "(public-key (rsa (n #00\(String(repeating: $0, count: 256))#) (e #010001#)))"
        }
        let several = try await Program.run(arguments + ([rsa, q] + others).flatMap { ["--key", $0] }, home: home)
        #expect(several.status == 1, "\(several.err)")
        for key in ["(public-key (rsa (n #00#) (e #03#)))", "(public-key)", "ABCD"] {
            let output = try await Program.run(arguments + ["--key", key], home: home)
            #expect(output.status == 64, "\(key)")
        }
    }

    private enum GuixSample {
        static let q = "8D156F295D24B0D9A86FA5741A840FF2D24F60F7B6C4134814AD55625971B394"
    }

    @Test("A mirror that hands out another's signature is no second voice")
    func mirrors() async throws {
        let scene = try Scene(2)
        let product = try Product("mirrored")
        for cache in scene.caches { try cache.publish(product, by: scene.builders[0]) }
        try await scene.run { home in
            let (output, document) = try await Self.challenge([product.storePath.path], home: home)
            #expect(output.status == 1)
            #expect(document.paths.first?.statements.flatMap(\.signers) == ["anna", "anna"])
        }
    }

    @Test("A forged narinfo matches nothing, and what differs is seen though nobody signed it")
    func forged() async throws {
        let scene = try Scene(2)
        let product = try Product("forged", contents: "one")
        let other = Product(product.storePath, nar: Nar.file(Array("two".utf8)))
        let impostor = Builder(as: "bert", try Builder("bert").key)
        try scene.publish(product, at: 0)
        try scene.caches[1].publish(product, by: impostor)
        try await scene.run { home in
            let (output, _) = try await Self.challenge([product.storePath.path], home: home)
            #expect(output.status == 1)
            try scene.caches[1].publish(other, by: impostor)
            let (seen, document) = try await Self.challenge(["--refresh", product.storePath.path], home: home)
            #expect(seen.status == 2)
            #expect(document.paths.first?.statements.map(\.standing) == ["signed", "unsigned"])
        }
    }

    @Test(
        "What this machine built is compared with servers, its files hashed",
        .enabled(if: BuildGround.obstacle == nil, "no builds here: \(BuildGround.obstacle ?? "")"))
    func local() async throws {
        let ground = try BuildGround()
        let derivation = try HandMade.derivation("local-thing")
        let built = try await ground.run(["build", try ground.write(derivation)])
        #expect(built.status == 0, "\(built.err)")
        let path = derivation.outputs[0].path
        let nar = Nar.file(Array("hello\n".utf8))
        let (cache, builder) = (FakeCache(), try Builder("anna"))
        try cache.publish(Product(path, nar: nar), by: builder)
        try await serving([cache]) { addresses in
            let arguments = ["--url", addresses[0], "--key", "\(builder.key.publicKey)"]
            // Without a path: all that was built here.
            let (same, document) = try await Self.challenge(arguments, home: ground.home)
            #expect(same.status == 0, "\(same.out)\(same.err)")
            #expect(document.paths.map(\.path) == [path.path])
            #expect(document.paths.first?.statements.map(\.standing) == ["built-here", "signed"])
            let file = try await ground.run(["store", "show", "--json", path.path])
            let location = try #require(
                file.out.split(separator: "\"").map(String.init).first { $0.hasSuffix(path.path) && $0 != path.path })
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: location)
            try Data("other\n".utf8).write(to: URL(fileURLWithPath: location))
            let (altered, after) = try await Self.challenge(arguments + [path.path], home: ground.home)
            #expect(altered.status == 2)
            #expect(after.paths.first?.comparison?.files.map(\.path) == ["/"])
            let (recorded, _) = try await Self.challenge(["--recorded"] + arguments + [path.path], home: ground.home)
            #expect(recorded.status == 0)
        }
    }

    @Test(
        "What cannot be understood is one clear line on standard error and nothing on standard output",
        arguments: [
            ([], 64), (["--substitute-urls", " ", "/nix/store/x"], 64), (["--diff", "all", "/nix/store/x"], 64),
            (["--key", "x", "/nix/store/x"], 64),
            (["/nix/store/x"], 65), (["--deadline", "0"], 64), (["--url", "ftp://x", "/nix/store/x"], 65),
            (["--url", "ftp://x", "/nix/store/00000000000000000000000000000000-x"], 64),
            (["--url", "http://x", "--key", "nonsense", "/nix/store/00000000000000000000000000000000-x"], 64),
        ] as [([String], Int32)])
    func badInput(arguments: [String], status: Int32) async throws {
        let output = try await Program.run(["challenge"] + arguments, home: Self.fixtureHome())
        #expect(output.status == status)
        #expect(output.out == "")
        #expect(!output.err.isEmpty)
    }
}
