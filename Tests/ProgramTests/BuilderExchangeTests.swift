import Foundation
import StoreFormats
import TestSupport
import Testing
import TransparencyLog

@Suite(
    "Builders that watch each other", .serialized,
    .enabled(if: BuildGround.obstacle == nil, "no builds here: \(BuildGround.obstacle ?? "")"))
struct BuilderExchangeTests {
    /// Builds something in a builder's store.
    private func build(_ name: String, _ server: BuilderServer) async throws -> String {
        let derivation = try HandMade.derivation(name)
        let file = try derivation.storePath().baseName
        try server.home.folder.write(file, derivation.serialized())
        let output = try await server.run("build", server.home.folder.file(file))
        #expect(output.status == 0, "\(output.err)")
        return derivation.outputs[0].path.path
    }

    private func join(_ left: BuilderServer, _ right: BuilderServer) async throws {
        for (one, other) in [(left, right), (right, left)] {
            let output = try await one.run("builder", "join", other.address)
            #expect(output.status == 0, "\(output.err)")
            #expect(output.err.contains("quorate builder join \(one.address)"))
        }
        for server in [left, right] {
            #expect(await eventually(within: .seconds(20)) { server.process.err.contains("peers changed") })
        }
    }

    private func published(_ server: BuilderServer, size: Int) async throws -> String {
        var text = ""
        for _ in 0..<200 {
            text = try await server.get("/log/checkpoint").text
            if text.split(separator: "\n").dropFirst().first == "\(size)" { return text }
            try await Task.sleep(for: .milliseconds(100))
        }
        Issue.record("\(server.address): size \(size) is not published: \(text); \(server.process.err)")
        return text
    }

    @Test("Each cosigns and mirrors the other's log, and neither its own")
    func watching() async throws {
        let alice = try await BuilderServer("alice")
        let bob = try await BuilderServer("bob")
        #expect(try await alice.get("/builder").body == alice.home.folder.read("state/card"))
        try await join(alice, bob)

        // Written to the server, since it has the log.
        let path = try await build("thing", alice)
        let output = try await alice.run("attest", "--json", "--public", "thing", path)
        #expect(output.status == 0, "\(output.err)")
        #expect(try AttestTests.Document(output).results == ["attested"])
        let checkpoint = try await published(alice, size: 1)
        #expect(checkpoint.contains("\n— 127.0.0.1:\(bob.port)/witness "), "\(checkpoint)")
        #expect(!checkpoint.contains("— 127.0.0.1:\(alice.port)/witness "))
        #expect(!checkpoint.contains("— 127.0.0.1:\(alice.port)/mirror "))
        let reading = try await LogReading(alice.home)
        #expect(reading.statements.count == 1)
        let inputs = try FileManager.default.contentsOfDirectory(
            atPath: alice.home.folder.file("state/log/inputs"))
        #expect(inputs.count == 1, "the list of the inputs stands beside")

        // Her own witness would say what she says.
        let request = AddCheckpointRequest(
            oldSize: 0, proof: [], note: try SignedNote(parsing: Array(checkpoint.utf8)))
        #expect(try await alice.post("/witness/add-checkpoint", request.bytes).status == 404)
        #expect(try await alice.post("/mirror/add-checkpoint", request.bytes).status == 404)

        // Somebody else's attestations are not taken.
        let leaf = try #require(try await leaf(of: alice))
        #expect(try await bob.post("/log/add", leaf).status == 403)
        // What bob mirrors is what alice has.
        let name = Checkpoint.pathName(ofOrigin: "127.0.0.1:\(alice.port)/log")
        let tile = "/tile/entries/000.p/1"
        let isMirrored = await eventually(within: .seconds(20)) {
            (try? await bob.get("/mirror/\(name)\(tile)").status) == 200
        }
        #expect(isMirrored)
        #expect(try await bob.get("/mirror/\(name)\(tile)").body == alice.get("/log\(tile)").body)

        // Who is left is not cosigned any more.
        #expect(try await bob.run("builder", "leave", "alice").status == 0)
        let isForgotten = await eventually(within: .seconds(20)) {
            (try? await bob.post("/witness/add-checkpoint", request.bytes).status) == 404
        }
        #expect(isForgotten)
        #expect(try await alice.stop() == 0)
        #expect(!FileManager.default.fileExists(atPath: alice.home.folder.file("state/serving")))
        try await bob.stop()
    }

    /// The first entry of a builder's log.
    private func leaf(of server: BuilderServer) async throws -> [UInt8]? {
        let bundle = try await server.get("/log/tile/entries/000.p/1").body
        return try EntryBundle.decode(bundle, count: 1).first
    }

    @Test("A log restored from a backup signs nothing, and its successor takes over what there is")
    func backup() async throws {
        let alice = try await BuilderServer("alice")
        let bob = try await BuilderServer("bob")
        try await join(alice, bob)
        let paths = [try await build("thing", alice), try await build("later", alice)]
        let log = alice.home.folder.file("state/log")
        func attest(_ path: String) async throws -> Program.Output {
            try await alice.run("attest", "--json", "--public", "thing", "--public", "later", path)
        }
        #expect(try await attest(paths[0]).status == 0)
        _ = try await published(alice, size: 1)
        try await alice.stop()
        try FileManager.default.copyItem(atPath: log, toPath: alice.home.folder.file("backup"))
        #expect(try await attest(paths[1]).status == 0)
        #expect(try await LogReading(alice.home).statements.count == 2)
        try FileManager.default.removeItem(atPath: log)
        try FileManager.default.copyItem(atPath: alice.home.folder.file("backup"), toPath: log)

        let refused = try await attest(paths[1])
        #expect(refused.status == 65, "\(refused.err)")
        #expect(try await LogReading(alice.home).statements.count == 1)
        let next = "http://127.0.0.1:\(alice.port)/2"
        let rotated = try await alice.run("builder", "rotate", "--url", next)
        #expect(rotated.status == 0, "\(rotated.err)")
        #expect(rotated.err.contains("no last checkpoint"), "\(rotated.err)")
        // Bob takes the new card of the same builder.
        try bob.home.folder.write("alice.card", alice.home.folder.read("state/card"))
        #expect(try await bob.run("builder", "join", bob.home.folder.file("alice.card")).status == 0)
        let again = try await attest(paths[1])
        #expect(again.status == 0, "\(again.err)")
        #expect(try AttestTests.Document(again).published == true, "\(again.err)")
        #expect(try await LogReading(alice.home).statements.count == 2)
        try await bob.stop()
    }

    @Test("A log whose folder is old, or gone, goes on from what a mirror has")
    func restored() async throws {
        let alice = try await BuilderServer("alice")
        let bob = try await BuilderServer("bob")
        try await join(alice, bob)
        let log = alice.home.folder.file("state/log")
        func attest(_ name: String) async throws {
            let output = try await alice.run("attest", "--json", "--public", name, try await build(name, alice))
            #expect(output.status == 0, "\(output.err)")
        }
        try await attest("first")
        _ = try await published(alice, size: 1)
        try FileManager.default.copyItem(atPath: log, toPath: alice.home.folder.file("backup"))
        for name in ["second", "third"] { try await attest(name) }
        _ = try await published(alice, size: 3)
        let all = try await LogReading(alice.home).statements
        #expect(all.count == 3)
        let mirror = bob.address + "/mirror"
        let name = Checkpoint.pathName(ofOrigin: "127.0.0.1:\(alice.port)/log")
        let isMirrored = await eventually(within: .seconds(20)) {
            (try? await bob.get("/mirror/\(name)/checkpoint").text.contains("\n3\n")) == true
        }
        #expect(isMirrored)
        try await alice.stop()
        func expectWhole(_ before: Int) async throws {
            let output = try await alice.run("log", "restore", mirror)
            // Mirrors have entries; the lists of inputs stand beside a log, and only there.
            #expect([0, 1].contains(output.status), "\(output.err)")
            #expect(output.out.contains("\(3 - before) entries brought back, 3 in all"), "\(output.out)")
            #expect(try await alice.run("log", "fsck").status == 0)
        }
        // An old state in the folder's place; then none at all; then one that is whole.
        try FileManager.default.removeItem(atPath: log)
        try FileManager.default.copyItem(atPath: alice.home.folder.file("backup"), toPath: log)
        try await expectWhole(1)
        try FileManager.default.removeItem(atPath: log)
        try await expectWhole(0)
        try await expectWhole(3)
        try await attest("fourth")
        let now = try await LogReading(alice.home).statements
        #expect(now.count == 4 && Array(now.prefix(3)) == all)
        // A folder that is ahead has nothing to gain.
        let late = try await alice.run("log", "restore", "file://" + alice.home.folder.file("backup"))
        #expect(late.status != 0 && late.err.contains("nothing to bring back"), "\(late.err)")
        try await bob.stop()
    }

    @Test("A server works off what hooks leave, and a witness that is down loses nothing")
    func queue() async throws {
        let alice = try await BuilderServer("alice")
        let bob = try await BuilderServer("bob")
        try await join(alice, bob)
        try alice.home.folder.write("config/public", "thing\nlater\n")
        let path = try await build("thing", alice)
        let hook = try await Program.run(["attest", "--enqueue"], home: alice.home, environment: ["OUT_PATHS": path])
        #expect(hook.status == 0)
        _ = try await published(alice, size: 1)
        try await bob.stop()

        let later = try await build("later", alice)
        let output = try await alice.run("attest", "--json", later)
        #expect(output.status == 0, "durable without witnesses: \(output.err)")
        #expect(try await alice.get("/log/checkpoint").text.contains("\n1\n"))
        let queue = alice.home.folder.file("state/queue")
        let isWorkedOff = await eventually(within: .seconds(20)) {
            (try? FileManager.default.contentsOfDirectory(atPath: queue).isEmpty) == true
        }
        #expect(isWorkedOff)
        // Without a server the log is written here; without witnesses it is not published.
        try await alice.stop()
        let alone = try await alice.run("attest", "--json", later)
        #expect(alone.status == 0, "\(alone.err)")
        #expect(try AttestTests.Document(alone).results == ["known"])
        #expect(try await LogReading(alice.home).statements.count == 1)
    }
}
