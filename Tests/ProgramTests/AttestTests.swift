import Attestations
import Foundation
import Quorum
import StoreFormats
import TestSupport
import Testing

@Suite("quorate attest", .enabled(if: BuildGround.obstacle == nil, "no builds here: \(BuildGround.obstacle ?? "")"))
struct AttestTests {
    struct Document: Decodable {
        struct Path: Decodable {
            let path: String
            let result: String
            let index: Int?
            let inputsKnown: Bool?
            let witness: String?
            let reason: String?
        }
        let published: Bool?
        let paths: [Path]

        init(_ output: Program.Output) throws {
            self = try JSONDecoder().decode(Document.self, from: Data(output.out.utf8))
        }

        var results: [String] { paths.map(\.result) }
    }

    /// A builder whose policy has one cache, in a folder.
    static func ground() async throws -> BuildGround {
        let ground = try BuildGround()
        let key = try NixSecretKey.generate(name: "cache-1").publicKey.description
        try ground.home.folder.write("cache/nix-cache-info", "StoreDir: /nix/store\n")
        try ground.home.folder.write(
            "config/policy", "cache c nix \(key) file://\(ground.home.folder.file("cache"))\nquorum nix c\n")
        let made = try await ground.run(["builder", "init", "alice", "--url", "https://alice.example"])
        #expect(made.status == 0, "\(made.err)")
        return ground
    }

    /// Has the cache list a path.
    static func list(_ path: StorePath, _ ground: BuildGround) throws {
        try ground.home.folder.write("cache/\(path.hashPart).narinfo", "StorePath: \(path.path)\nURL: x\n")
    }

    private func built(_ derivation: Derivation, _ ground: BuildGround) async throws -> StorePath {
        let output = try await ground.run(["build", try ground.write(derivation)])
        #expect(output.status == 0, "\(output.err)")
        return derivation.outputs[0].path
    }

    @Test("What was built here and is listed stands in the log, once, and names nothing of this machine")
    func attests() async throws {
        let ground = try await Self.ground()
        let input = try HandMade.derivation("input")
        try ground.write(input)
        let path = try await built(try HandMade.derivation("thing", inputs: [input]), ground)
        let secret = try await ground.run(["attest", "--json", path.path])
        #expect(secret.status == 1, "\(secret.err)")
        #expect(try Document(secret).results == ["not-public"])
        #expect(try await LogReading(ground.home).entries.isEmpty)

        try Self.list(path, ground)
        let dry = try await ground.run(["attest", "--json", "-n", path.path])
        #expect(try Document(dry).results == ["ready"])
        #expect(try await LogReading(ground.home).entries.isEmpty)

        let first = try await ground.run(["attest", "--json", path.path])
        #expect(first.status == 0, "\(first.err)")
        let entry = try #require(try Document(first).paths.first)
        #expect(entry.result == "attested")
        #expect(entry.index == 0)
        #expect(entry.inputsKnown == true)
        #expect(try Document(first).published == true)
        let second = try await ground.run(["attest", "--json", path.path])
        #expect(second.status == 0, "\(second.err)")
        #expect(try Document(second).results == ["known"])

        let log = try await LogReading(ground.home)
        let hash = try NarHasher.hash(path: ground.home.folder.file("store") + path.path).hash.hex
        #expect(log.statements == ["\(path.path) \(hash)"])
        let inputs = try #require(log.entries.first?.inputs)
        let list = try ground.home.folder.text("state/log/inputs/\(inputs.hex)")
        #expect(list.hasPrefix("input \(input.outputs[0].path.path) sha256:"))
        // Nothing of it says where it was built.
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, 255)
        let host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let bundle = try ground.home.folder.read("state/log/tile/entries/000.p/1")
        let envelope = try Envelope(parsing: Array(bundle.dropFirst(2)))
        let payload = String(decoding: envelope.payload, as: UTF8.self)
        #expect(host.isEmpty || !payload.contains(host), "\(payload)")
        #expect(!payload.contains(ground.home.path))
    }

    @Test("What was fetched, added or proves itself is not attested")
    func refuses() async throws {
        let ground = try await Self.ground()
        try ground.home.folder.write("file", "text")
        let added = try await StoreTests.store("add", "--flat", ground.home.folder.file("file"), home: ground.home)
        let weak = try await StoreTests.store(
            "add", "--flat", "--hash-algo", "md5", ground.home.folder.file("file"), home: ground.home)
        let path = try await built(try HandMade.derivation("thing"), ground)
        let exported = ground.file("export")
        let script = #""$0" store export "$1" > "$2" && "$0" store import --store "$3" < "$2""#
        let copied = ground.home.folder.file("store2")
        let copying = try await Program.run(
            shell: script, [path.path, exported, copied], home: ground.home)
        #expect(copying.status == 0, "\(copying.err)")

        let all = ["attest", "--json", "--public", "file", "--public", "thing"]
        let here = try await ground.run(all + [added, weak])
        #expect(here.status == 1, "\(here.err)")
        #expect(try Document(here).results == ["self-verifying", "not-built"])
        let there = try await ground.run(all + ["--store", copied, path.path])
        #expect(there.status == 1)
        #expect(try Document(there).results == ["not-built"])
        let nowhere = try await ground.run(all + ["/nix/store/00000000000000000000000000000000-gone"])
        #expect(nowhere.status == 1)
        #expect(try Document(nowhere).paths.first?.reason == "it is in no store of this machine")
        #expect(try await LogReading(ground.home).entries.isEmpty)
    }

    @Test("Names that a person allows are told: by option and by file")
    func patterns() async throws {
        let ground = try await Self.ground()
        let path = try await built(try HandMade.derivation("ours-1"), ground)
        let other = try await built(try HandMade.derivation("theirs-1"), ground)
        let option = try await ground.run(["attest", "--json", "--public", "ours-*", path.path, other.path])
        #expect(option.status == 1)
        #expect(try Document(option).results == ["attested", "not-public"])
        try ground.home.folder.write("config/public", "# ours\ntheirs-*\n")
        let file = try await ground.run(["attest", "--json", other.path])
        #expect(file.status == 0, "\(file.err)")
        try ground.home.folder.write("config/public", "**\n")
        let bad = try await ground.run(["attest", "--json", other.path])
        #expect(bad.status == 64)
        #expect(bad.err.contains("config/public:1"), "\(bad.err)")
    }

    @Test("What a rebuild found is attested, mismatches and failures included")
    func rebuilds() async throws {
        let ground = try await Self.ground()
        let bad = try HandMade.derivation("bad", script: "exit 7")
        let random = try HandMade.derivation(
            "random", script: "read word < /proc/sys/kernel/random/uuid; echo $word > $out")
        for derivation in [bad, random] { try Self.list(derivation.outputs[0].path, ground) }
        _ = try await ground.run(["rebuild", "--times", "2", try ground.write(random)])
        _ = try await ground.run(["rebuild", try ground.write(bad)])
        let folder = URL(fileURLWithPath: ground.file("x")).deletingLastPathComponent().path
        let output = try await ground.run(["attest", "--json", "--from-rebuild", "--derivations", folder])
        #expect(output.status == 0, "\(output.err)\(output.out)")
        #expect(try Document(output).results == ["attested", "attested", "attested"])
        let log = try await LogReading(ground.home)
        let failed = "\(bad.outputs[0].path.path) failed: exit 7"
        #expect(log.statements.contains(failed), "\(log.statements)")
        let outcomes = Set(log.statements.filter { $0.hasPrefix(random.outputs[0].path.path) })
        #expect(outcomes.count == 2)
        let one = try await ground.run(
            ["attest", "--json", "--from-rebuild", "--derivations", folder, bad.outputs[0].path.path])
        #expect(try Document(one).results == ["known"])
        let never = try await ground.run(["attest", "--json", "--from-rebuild", try bad.storePath().path])
        #expect(never.status == 1)
    }

    // MARK: - Hooks

    @Test("A hook's paths wait in the queue until they are attested")
    func queue() async throws {
        let ground = try await Self.ground()
        let path = try await built(try HandMade.derivation("thing"), ground)
        let later = try await built(try HandMade.derivation("later"), ground)
        try Self.list(path, ground)
        for paths in ["\(path.path) \(later.path)", path.path, path.path] {
            let start = ContinuousClock.now
            let hook = try await Program.run(
                ["attest", "--enqueue"], home: ground.home, environment: ["OUT_PATHS": paths])
            #expect(hook.status == 0)
            #expect(hook.err.isEmpty, "\(hook.err)")
            #expect(ContinuousClock.now - start < .seconds(5))
        }
        #expect(try ground.home.folder.queueCount == 2)
        let worked = try await ground.run(["attest", "--queue", "--json"])
        #expect(worked.status == 0, "\(worked.err)")
        #expect(try Document(worked).results.sorted() == ["attested", "not-public"])
        // What no cache lists yet goes on waiting.
        #expect(try ground.home.folder.queueCount == 1)
        try Self.list(later, ground)
        let again = try await ground.run(["attest", "--queue", "--json"])
        #expect(try Document(again).results.sorted() == ["attested", "known"])
        #expect(try ground.home.folder.queueCount == 0)
        #expect(try await LogReading(ground.home).entries.count == 2)
        #expect(try await ground.run(["attest", "--queue"]).status == 0)
    }

    @Test(
        "A hook never fails, whatever it meets",
        arguments: [
            ["QUORATE_HOME": "relative"], ["QUORATE_HOME": "/proc/nowhere"], ["OUT_PATHS": "/etc/passwd"],
            ["OUT_PATHS": ""], ["OUT_PATHS": "\u{7}"],
            ["OUT_PATHS": String(repeating: "/nix/store/00000000000000000000000000000000-x ", count: 2000)],
        ])
    func hooks(_ environment: [String: String]) async throws {
        let home = try Home()
        let output = try await Program.run(
            ["attest", "--enqueue"], home: home,
            environment: ["OUT_PATHS": "/nix/store/00000000000000000000000000000000-x"].merging(environment) { $1 })
        #expect(output.status == 0)
        #expect(output.out.isEmpty)
    }

    @Test("A queue that is in the way of itself does not fail a hook")
    func brokenQueue() async throws {
        let home = try Home()
        try home.folder.write("state/queue", "a file")
        let output = try await Program.run(
            ["attest", "--enqueue", "/nix/store/00000000000000000000000000000000-x"], home: home)
        #expect(output.status == 0)
        #expect(output.err.contains("not queued"))
    }

    @Test(
        "Without a builder nothing is signed",
        arguments: [["--from-rebuild"], ["--queue"], ["/nix/store/00000000000000000000000000000000-x"]])
    func noBuilder(_ arguments: [String]) async throws {
        let output = try await Program.run(["attest"] + arguments, home: try Home())
        #expect(output.status == 66)
        #expect(output.err.contains("quorate builder init"))
    }
}

extension TemporaryFolder {
    /// How many builds wait.
    fileprivate var queueCount: Int {
        get throws { try FileManager.default.contentsOfDirectory(atPath: file("state/queue")).count }
    }
}
