import Foundation
import StoreFormats
import TestSupport
import Testing

@Suite("quorate build", .enabled(if: BuildGround.obstacle == nil, "no builds here: \(BuildGround.obstacle ?? "")"))
struct BuildTests {
    /// What `build --json` prints, as far as it is looked at here.
    struct Document: Decodable {
        struct Target: Decodable {
            struct Outcome: Decodable {
                let narHash: String
                let references: [String]
                let origin: String
            }
            let path: String
            let valid: Bool
            let location: String?
            let outcome: Outcome?
        }
        struct Build: Decodable {
            let derivation: String
            let result: String
            let reason: String?
            let logTail: [String]?
        }
        let complete: Bool
        let targets: [Target]
        let builds: [Build]
        let fetched: Int

        init(_ text: String) throws { self = try JSONDecoder().decode(Document.self, from: Data(text.utf8)) }
    }

    @Test("A derivation and what it needs: built once, and there the second time")
    func chain() async throws {
        let ground = try BuildGround()
        let first = try HandMade.derivation("first", script: "echo one > $out")
        let second = try HandMade.derivation(
            "second", script: "read word < $first; echo \"$word two of $first\" > $out", inputs: [first],
            environment: [("first", first.outputs[0].path.path)])
        try ground.write(first)
        let file = try ground.write(second)
        let built = try await ground.run(["build", file, "--json", "--out-link", ground.file("result")])
        #expect(built.status == 0, "\(built.err)")
        // The next command need not read a log first.
        let store = try FileManager.default.contentsOfDirectory(atPath: ground.home.folder.file("store"))
        #expect(store.filter { $0.hasPrefix("db.sqlite") } == ["db.sqlite"])
        let document = try Document(built.out)
        #expect(document.complete)
        #expect(document.builds.map(\.result) == ["built", "built"])
        let target = try #require(document.targets.first)
        #expect(target.path == second.outputs[0].path.path)
        #expect(target.outcome?.references == [first.outputs[0].path.path])
        #expect(target.outcome?.origin == "built")
        let place = try #require(target.location)
        #expect(try String(contentsOfFile: place, encoding: .utf8) == "one two of \(first.outputs[0].path)\n")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: ground.file("result")) == place)

        let again = try await ground.run(["build", file])
        #expect(again.status == 0)
        #expect(again.out == second.outputs[0].path.path + "\n")
        #expect(again.err.contains("everything was there"))
    }

    @Test("A build that fails: why, the end of its log, the whole log, and what depends on it is not tried")
    func failure() async throws {
        let ground = try BuildGround()
        let bad = try HandMade.derivation("bad", script: "echo before; echo \"end \u{1b}[2J\"; exit 3")
        let after = try HandMade.derivation("after", inputs: [bad])
        let beside = try HandMade.derivation("beside")
        try ground.write(bad)
        let files = try [ground.write(after), ground.write(beside)]
        let output = try await ground.run(["build", "--json", "--keep-going"] + files)
        #expect(output.status == 1)
        #expect(output.err.contains("failed with exit code 3"))
        #expect(!output.err.contains("\u{1b}[2J"))
        let document = try Document(output.out)
        #expect(!document.complete)
        let results = Dictionary(document.builds.map { ($0.derivation, $0.result) }, uniquingKeysWith: { $1 })
        #expect(results[try bad.storePath().path] == "failed")
        #expect(results[try after.storePath().path] == "not-tried")
        #expect(results[try beside.storePath().path] == "built")
        let log = try await ground.run(["log", "show", try bad.storePath().path])
        #expect(log.status == 0)
        #expect(log.out == "before\nend \u{1b}[2J\n")
        let unknown = try await ground.run(["log", "show", try after.storePath().path])
        #expect(unknown.status == 66)
    }

    @Test("A dry run builds nothing, and says what is not known")
    func dryRun() async throws {
        let ground = try BuildGround()
        let missing = try HandMade.derivation("missing")
        let thing = try HandMade.derivation("thing", inputs: [missing])
        let alone = try HandMade.derivation("alone")
        let known = try await ground.run(["build", "--dry-run", try ground.write(alone)])
        #expect(known.status == 0, "\(known.err)")
        #expect(known.out.contains(try alone.storePath().path))
        let unknown = try await ground.run(["build", "--dry-run", try ground.write(thing)])
        #expect(unknown.status != 0)
        let place = ground.home.folder.file("store" + alone.outputs[0].path.path)
        #expect(!FileManager.default.fileExists(atPath: place))
    }

    @Test("A derivation whose output path does not follow from it is refused before anything runs")
    func wrongPath() async throws {
        let ground = try BuildGround()
        let good = try HandMade.derivation("good")
        let text = String(decoding: good.serialized(), as: UTF8.self)
            .replacing("echo hello", with: "echo other")
        let file = try ground.write("good.drv", text)
        let output = try await ground.run(["build", file])
        #expect(output.status == 65, "\(output.err)")
        #expect(output.errorLines.count == 1)
    }

    @Test("What the policy's caches agree on is fetched; what only one offers is not")
    func fetching() async throws {
        let scene = try Scene()
        var product = try Product("agreed", size: 10_000)
        let library = try Product("library")
        product.references = [library.storePath]
        let lonely = try Product("lonely")
        var hollow = try Product("hollow")
        hollow.references = [lonely.storePath]
        try scene.publish(product, at: 0, 1)
        try scene.publish(library, at: 0, 1, 2)
        try scene.publish(lonely, at: 0)
        try scene.publish(hollow, at: 0, 1, 2)
        // The first cache serves other bytes than it signed.
        scene.caches[0].set("/nar/\(product.hashPart).nar", Nar.file(Array("evil".utf8)))
        let (wanted, refused, blocked) = (product, lonely, hollow)
        try await scene.run { home in
            let output = try await Program.run(["build", "--json", wanted.storePath.path], home: home)
            #expect(output.status == 0, "\(output.err)")
            let document = try Document(output.out)
            #expect(document.fetched == 2)
            #expect(document.targets.first?.outcome?.origin == "substituted")
            #expect(document.targets.first?.outcome?.narHash == "sha256:\(try wanted.narHash.hex)")
            for path in [refused.storePath, blocked.storePath] {
                let output = try await Program.run(["build", path.path], home: home)
                #expect(output.status == 1, "\(path)")
                #expect(output.out == "")
            }
            let offline = try await Program.run(["build", "--no-substitutes", refused.storePath.path], home: home)
            #expect(offline.status == 1)
        }
    }

    @Test("Arguments that make no sense are refused")
    func refusals() async throws {
        let ground = try BuildGround()
        for (arguments, status) in [
            (["build"], 64), (["build", "no-such.drv"], 66), (["build", "/nix/store/x"], 65),
            (["build", "x", "-j", "0"], 64),
            (["rebuild"], 64), (["rebuild", "--times", "0", "x"], 64), (["log", "show", "hello"], 65),
        ] as [([String], Int32)] {
            let output = try await ground.run(arguments)
            #expect(output.status == status, "\(arguments): \(output.err)")
            #expect(output.out == "" && !output.err.isEmpty, "\(arguments)")
        }
    }
}
