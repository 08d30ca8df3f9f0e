import Foundation
import Glibc
import StoreFormats
import TestSupport
import Testing

@Suite("quorate verify")
struct VerifyTests {
    /// What `verify --json` prints, as far as it is looked at here.
    struct Document: Decodable {
        struct Entry: Decodable {
            struct Source: Decodable {
                let name: String
                let answer: String
                let reason: String?
            }
            let path: String
            let verdict: String
            let installable: Bool?
            let blockedBy: String?
            let blockingVerdict: String?
            let sources: [Source]
        }
        let version: Int
        let policy: String
        let summary: [String: Int]
        let paths: [Entry]

        init(_ text: String) throws { self = try JSONDecoder().decode(Document.self, from: Data(text.utf8)) }
    }

    /// The fixture caches a, b and c, of which two have to agree.
    private static func home(_ names: [String] = CacheFixture.caches, threshold: Int = 2) throws -> Home {
        try Home(
            policy: CacheFixture.policyText(names.map { "file://\(CacheFixture.folder)/\($0)" }, threshold: threshold))
    }

    private static func path(_ name: String) throws -> String {
        let all = CacheFixture.hashParts.compactMap { hashPart in
            CacheFixture.narInfo("a", hashPart).split(separator: "\n").first?.dropFirst("StorePath: ".count)
        }
        return String(try #require(all.first { $0.hasSuffix("-" + name) }))
    }

    @Test(
        "The exit status is the worst verdict's",
        arguments: [
            (["repro-1.0"], 2, 0, "quorate"), (["repro-1.0"], 3, 0, "quorate"), (["cores-1.0"], 2, 0, "quorate"),
            (["cores-1.0"], 3, 2, "split"), (["timestamp-1.0"], 2, 2, "split"),
            (["static-userland"], 3, 0, "self-verifying"), (["fixed-rec-1.0"], 3, 0, "self-verifying"),
            (["repro-1.0", "timestamp-1.0"], 2, 2, "quorate"),
        ])
    func statuses(names: [String], threshold: Int, status: Int32, word: String) async throws {
        let home = try Self.home(threshold: threshold)
        let paths = try names.map(Self.path)
        let output = try await Program.run(["verify", "--json"] + paths, home: home)
        #expect(output.status == status)
        #expect(output.err == "")
        let document = try Document(output.out)
        #expect(document.version == 1)
        #expect(document.policy.hasPrefix("sha256:"))
        #expect(document.paths.map(\.path) == paths)
        #expect(document.paths.first?.verdict == word)
        #expect(document.summary.values.reduce(0, +) == paths.count)
    }

    @Test("What nobody has is unclaimed, what one has is short: status 1")
    func short() async throws {
        let unknown = "/nix/store/00000000000000000000000000000000-nothing"
        let nobody = try await Program.run(["verify", "--json", unknown], home: Self.home())
        #expect(nobody.status == 1)
        #expect(try Document(nobody.out).paths.map(\.verdict) == ["unclaimed"])
        let scene = try Scene()
        let product = try Product("short")
        try scene.publish(product, at: 0)
        let one = try await scene.run { home in
            try await Program.run(["verify", "--json", product.storePath.path], home: home)
        }
        #expect(one.status == 1)
        #expect(try Document(one.out).paths.map(\.verdict) == ["short"])
    }

    @Test("Two outcomes that both meet the quorum are a conflict: status 2, and it stands")
    func conflict() async throws {
        let conflict = try Conflict()
        let (first, second, listed) = try await conflict.run { home in
            let arguments = ["verify", "--json", conflict.product.storePath.path]
            return try await (
                Program.run(arguments, home: home), Program.run(arguments, home: home),
                Program.run(["conflict", "list"], home: home)
            )
        }
        for output in [first, second] {
            #expect(output.status == 2)
            #expect(try Document(output.out).paths.map(\.verdict) == ["conflict"])
        }
        #expect(listed.status == 2)
        #expect(listed.out.contains(conflict.product.storePath.path))
    }

    @Test("Lines on standard input are paths; doubles are asked about once")
    func standardInput() async throws {
        let path = try Self.path("repro-1.0")
        let other = try Self.path("ref-b-1.0")
        let output = try await Program.run(
            ["verify", "--json", "-"], home: Self.home(), input: "\(path)\n\n\(path)/bin/x\n\(other)")
        #expect(output.status == 0)
        #expect(try Document(output.out).paths.map(\.path) == [path, other])
    }

    @Test("--closure follows references through what is agreed on, and says what blocks")
    func closure() async throws {
        let good = try await Program.run(
            ["verify", "--json", "--closure", Self.path("ref-c-1.0")], home: Self.home())
        #expect(good.status == 0)
        let document = try Document(good.out)
        let names = document.paths.map { String($0.path.dropFirst("/nix/store/".count + 33)) }.sorted()
        #expect(Set(["ref-a-1.0", "ref-b-1.0", "ref-c-1.0", "multi-1.0-dev"]).isSubset(of: names))
        #expect(document.paths.allSatisfy { $0.installable == true })

        let scene = try Scene()
        let leaf = try Product("leaf")
        var top = try Product("top")
        top.references = [leaf.storePath]
        try scene.publish(top, at: 0, 1)
        try scene.publish(leaf, at: 0)
        let blockedProduct = top
        let blocked = try await scene.run { home in
            try await Program.run(["verify", "--json", "--closure", blockedProduct.storePath.path], home: home)
        }
        #expect(blocked.status == 1)
        let entries = try Document(blocked.out).paths
        #expect(entries.map(\.verdict) == ["quorate", "short"])
        #expect(entries.map(\.installable) == [false, false])
        #expect(entries.map(\.blockedBy) == [leaf.storePath.path, leaf.storePath.path])
        #expect(entries.map(\.blockingVerdict) == ["short", "short"])
    }

    @Test(
        "What blocks an installation is told in words",
        arguments: [(0, "is short"), (1, "is split"), (2, "is unclaimed")])
    func blocked(case number: Int, words: String) async throws {
        let scene = try Scene()
        let leaf = try Product("leaf")
        var top = try Product("top")
        top.references = [leaf.storePath]
        try scene.publish(top, at: 0, 1)
        if number < 2 { try scene.publish(leaf, at: 0) }
        if number == 1 { try scene.publish(Product(leaf.storePath, nar: Nar.file([1, 2, 3])), at: 1) }
        let path = top.storePath.path
        let output = try await scene.run { home in
            try await Program.run(["verify", "--closure", path], home: home)
        }
        let name = path.dropFirst("/nix/store/".count)
        #expect(
            output.out.contains("Not installable as a whole: \(name) needs \(leaf.storePath.path), which \(words)\n"),
            "\(output.out)")
        #expect(!output.out.contains("verdict("))
    }

    @Test(
        "What was revoked is told with who said it, not passed over in silence",
        arguments: [
            (["outcome", "HASH"], "anna, bert: refused, the outcome is revoked; needs all of"),
            (["key", "nix", "ANNA"], "the key of anna is revoked; needs all of"),
        ])
    func revoked(what: [String], words: String) async throws {
        let scene = try Scene(2)
        let product = try Product("revoked")
        try scene.publish(product, at: 0, 1)
        let hash = try product.narHash.hex
        let arguments = what.map {
            $0.replacing("HASH", with: "sha256:\(hash)")
                .replacing("ANNA", with: scene.builders[0].key.publicKey.description)
        }
        try await scene.run { home in
            #expect(try await Program.run(["verify", product.storePath.path], home: home).status == 0)
            #expect(try await Program.run(["revoke"] + arguments, home: home).status == 0)
            let output = try await Program.run(["verify", product.storePath.path], home: home)
            #expect(output.status == 1)
            // The table breaks lines where it likes.
            let text = output.out.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
            #expect(text.contains(words), "\(output.out)")
            #expect(text.contains("1 path: 1 "), "\(output.out)")
        }
    }

    @Test("A scope without a quorum is said as such")
    func noQuorum() async throws {
        let output = try await Program.run(["verify", try Self.path("repro-1.0")], home: Home(policy: ""))
        #expect(output.status == 1)
        let text = output.out.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
        #expect(text.contains("nothing is enough: the policy has no quorum for nix"), "\(output.out)")
        #expect(!text.contains("needs nothing"), "\(output.out)")
    }

    @Test(
        "Links are followed into the host's stores and into Quorate's own, and say where else they lead",
        arguments: [
            ("host", 0, ""), ("own", 0, ""), ("inside", 0, ""), ("second", 0, ""), ("home/store/own", 0, ""),
            ("dangling", 66, "/nowhere, where nothing is"), ("elsewhere", 65, "which is in neither"),
            ("round", 65, "a link that leads to itself"), ("no-link", 65, "not a path in /nix/store or /gnu/store"),
        ])
    func links(name: String, status: Int32, words: String) async throws {
        let home = try Self.home()
        let path = try Self.path("repro-1.0")
        let base = path.dropFirst("/nix/store/".count)
        try home.folder.write("store/nix/store/\(base)/file", "")
        for (name, target) in [
            ("host", path), ("own", home.folder.file("store" + path)),
            ("inside", home.folder.file("store\(path)/file")), ("second", "own"), ("dangling", "nowhere"),
            ("elsewhere", "config"), ("round", "round"),
        ] {
            try FileManager.default.createSymbolicLink(atPath: home.folder.file(name), withDestinationPath: target)
        }
        let argument = name == "home/store/own" ? home.folder.file("store" + path) : home.folder.file(name)
        for command in [["verify", argument], ["proof", "export", argument, "-o", "-"]] {
            let output = try await Program.run(command, home: home)
            #expect(output.status == status, "\(output.err)")
            if status == 0 {
                #expect(output.out.contains(base))
            } else {
                #expect(
                    output.out.isEmpty && output.errorLines.count == 1 && output.err.contains(words), "\(output.err)")
            }
        }
    }

    @Test("The table for people has a line for each path and a sum, and no escape sequences in a file")
    func table() async throws {
        let output = try await Program.run(
            ["verify", try Self.path("repro-1.0"), try Self.path("timestamp-1.0")], home: Self.home())
        #expect(output.status == 2)
        #expect(output.out.contains("repro-1.0"))
        #expect(output.out.contains("2 paths: 1 quorate, 1 split"))
        #expect(!output.out.contains("\u{1b}"))
        #expect(output.err == "")
        let colored = try await Program.run(
            ["verify", "--color", "always", try Self.path("repro-1.0")], home: Self.home())
        #expect(colored.out.contains("\u{1b}["))
    }

    @Test(
        "What cannot be understood is one clear line on standard error and nothing on standard output",
        arguments: [
            (["verify"], "", 64), (["verify", "--json"], "", 64), (["verify", "-"], "", 65),
            (["verify", "--deadline", "0", "/nix/store/x"], "", 64), (["verify", "--no-such"], "", 64),
            (["verify", "/nix/store/x"], "", 65), (["verify", "/nix/store/"], "", 65), (["verify", ""], "", 65),
            (["verify", "/etc/passwd"], "", 65), (["verify", "no-such-file"], "", 65),
            (["verify", "/nix/store/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-x"], "", 65),
            (["verify", "/nix/store/00000000000000000000000000000000-.."], "", 0),
            (["verify", "-"], "nonsense\n", 65), (["verify", "-"], "\u{0}\n", 65),
            (["verify", "-"], "/nix/store/00000000000000000000000000000000-a b\n", 65),
        ] as [([String], String, Int32)])
    func badInput(arguments: [String], input: String, status: Int32) async throws {
        let output = try await Program.run(arguments, home: Self.home(), input: input)
        if status != 0 { #expect(output.status == status) } else { #expect([1, 65].contains(output.status)) }
        if output.status != 1 {
            #expect(output.out == "")
            #expect(!output.err.isEmpty)
            if status == 65 { #expect(output.errorLines.count == 1, "\(output.err)") }
        }
    }

    @Test("Input that is not UTF-8 is refused with its line")
    func notUTF8() async throws {
        let home = try Self.home()
        try home.folder.write("in", [0x2F, 0x6E, 0x0A, 0xFF, 0xFE, 0x0A])
        let output = try await Program.run(
            shell: "exec \"$0\" verify - < \"$1\"", [home.folder.file("in")], home: home)
        #expect(output.status == 65)
        #expect(output.errorLines.count == 1)
    }

    @Test("Without a policy, or with a bad one, the status is 78")
    func policies() async throws {
        let path = try Self.path("repro-1.0")
        let none = try await Program.run(["verify", path], home: Home())
        #expect(none.status == 78)
        #expect(none.errorLines.count == 1)
        #expect(none.err.contains("policy init"))
        let bad = try await Program.run(["verify", path], home: Home(policy: "group x 1\n"))
        #expect(bad.status == 78)
        #expect(bad.errorLines.count == 1)
        #expect(bad.err.contains(":1:"))
        let named = try await Program.run(["verify", "--policy", "/no/such", path], home: Self.home())
        #expect(named.status == 78)
        let empty = try await Program.run(["verify", "--json", path], home: Home(policy: ""))
        #expect(empty.status == 1)
        #expect(empty.out.contains("unclaimed"))
    }

    @Test("A reader that goes away ends the program as the signal would, without a word")
    func brokenPipe() async throws {
        let home = try Self.home()
        let paths = try ["repro-1.0", "ref-a-1.0"].map(Self.path).joined(separator: " ")
        let output = try await Program.run(
            shell: "{ \"$0\" verify --json \(paths); echo $? >&2; } | true", home: home)
        #expect(output.out == "")
        #expect(output.errorLines == ["141"] || output.errorLines == ["0"], "\(output.err)")
        let full = try await Program.run(
            shell: "\"$0\" verify --json \(paths) > /dev/full", home: home)
        #expect(full.status == 73)
        #expect(full.errorLines.count == 1)
    }

    @Test("A cache that is down is named, and silence is not agreement")
    func down() async throws {
        let scene = try Scene()
        let product = try Product("p")
        try scene.publish(product, at: 0, 1)
        scene.caches[1].setEverything(.dropped)
        let output = try await scene.run { home in
            try await Program.run(["verify", "--json", "--deadline", "1", product.storePath.path], home: home)
        }
        #expect(output.status == 1)
        let entry = try #require(try Document(output.out).paths.first)
        #expect(entry.verdict == "short")
        let bert = entry.sources.first { $0.name == "bert" }
        #expect(bert?.answer == "trouble" && bert?.reason?.contains("closed") == true)
        #expect(entry.sources.first { $0.name == "anna" }?.answer == "stated")
        #expect(entry.sources.first { $0.name == "cleo" }?.answer == "absent")
        #expect(entry.sources.filter { $0.reason != nil }.map(\.name) == ["bert"])
    }

    @Test(
        "A damaged ledger or key is refused with status 65, never passed over", arguments: ["ledger", "seal", "open"])
    func damagedState(what: String) async throws {
        let home = try Self.home()
        switch what {
        case "ledger": try home.folder.write("state/ledger.sqlite", "this is no database, and long enough to see it")
        case "seal": try home.folder.write("state/keys/seal", "short\n")
        default:
            try home.folder.write("state/keys/seal", String(repeating: "ab", count: 32) + "\n")
            chmod(home.folder.file("state/keys/seal"), 0o644)
        }
        if what == "seal" { chmod(home.folder.file("state/keys/seal"), 0o600) }
        let output = try await Program.run(["verify", try Self.path("repro-1.0")], home: home)
        #expect(output.status == 65)
        #expect(output.out == "")
        #expect(output.errorLines.count == 1)
    }
}

/// Two builders, each of whom signed two outcomes of one path, so that both outcomes have two votes.
struct Conflict: Sendable {
    let anna: Builder
    let bert: Builder
    let product: Product
    let other: Product
    private let caches = [FakeCache(), FakeCache()]

    init() throws {
        anna = try Builder("anna")
        bert = try Builder("bert")
        product = try Product("twofold", contents: "one")
        other = Product(product.storePath, nar: Nar.file(Array("two".utf8)))
        for builder in [anna, bert] {
            caches[0].set("/\(builder.name)/\(product.hashPart).narinfo", try product.narInfo([builder]).serialized)
            caches[1].set("/\(builder.name)/\(product.hashPart).narinfo", try other.narInfo([builder]).serialized)
            caches[0].set("/\(builder.name)/nar/\(product.hashPart).nar", product.nar)
            caches[1].set("/\(builder.name)/nar/\(product.hashPart).nar", other.nar)
        }
    }

    func run<Value: Sendable>(while body: @Sendable (Home) async throws -> Value) async throws -> Value {
        try await serving(caches) { addresses in
            let lines = [anna, bert].map { builder in
                builder.line(addresses[0] + builder.name, addresses[1] + builder.name)
            }
            return try await body(Home(policy: lines.joined() + "group both 2 anna bert\nquorum nix both\n"))
        }
    }
}
