import Attestations
import Foundation
import Quorum
import StoreFormats
import TestSupport
import Testing

/// What docs/keys.md tells people to do, done.
@Suite(
    "Lost and stolen keys, retired logs",
    .enabled(if: BuildGround.obstacle == nil, "no builds here: \(BuildGround.obstacle ?? "")"))
struct RotationTests {
    private static let next = "https://alice.example/2"

    /// A builder that has attested one build.
    private func ground() async throws -> (BuildGround, StorePath) {
        let ground = try await AttestTests.ground()
        let thing = try HandMade.derivation("thing")
        #expect(try await ground.run(["build", try ground.write(thing)]).status == 0)
        let path = thing.outputs[0].path
        try AttestTests.list(path, ground)
        let output = try await ground.run(["attest", path.path])
        #expect(output.status == 0, "\(output.err)")
        return (ground, path)
    }

    private func retired(_ ground: BuildGround) throws -> String {
        let folder = ground.home.folder.file("state/retired")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(names.count == 1)
        return try folder + "/" + #require(names.first)
    }

    @Test("A log that is given up is closed, and its successor has what it held")
    func rotates() async throws {
        let (ground, path) = try await ground()
        let before = try await LogReading(ground.home)
        let key = try ground.home.folder.text("state/keys/builder")
        let same = try await ground.run(["builder", "rotate", "--url", "https://alice.example"])
        #expect(same.status == 64)
        let output = try await ground.run(["builder", "rotate", "--url", Self.next])
        #expect(output.status == 0, "\(output.err)")
        #expect(output.out.contains("log alice.example/2/log+"))
        #expect(try ground.home.folder.text("state/keys/builder") == key)
        let after = try await LogReading(ground.home)
        #expect(after.origin == "alice.example/2/log")
        #expect(after.statements == before.statements)
        let inputs = try #require(after.entries.first?.inputs)
        #expect(FileManager.default.fileExists(atPath: ground.home.folder.file("state/log/inputs/\(inputs.hex)")))
        // The old one is whole, and takes nothing.
        let folder = try retired(ground)
        let old = try await LogReading(
            ground.home, folder: folder + "/log", card: String(folder.dropFirst(ground.home.path.count + 1)) + "/card")
        #expect(old.statements == before.statements)
        #expect(FileManager.default.fileExists(atPath: folder + "/log.key"))
        let known = try await ground.run(["attest", path.path])
        #expect(known.status == 0)
        #expect(known.out.contains("known"))
        // An address is used once.
        #expect(try await ground.run(["builder", "rotate", "--url", "https://alice.example"]).status == 64)
    }

    @Test("A stolen builder's key: a new one, and nothing that the old one signed")
    func stolen() async throws {
        let (ground, path) = try await ground()
        let key = try ground.home.folder.text("state/keys/builder")
        let output = try await ground.run(["builder", "rotate", "--url", Self.next, "--new-key"])
        #expect(output.status == 0, "\(output.err)")
        #expect(output.err.contains("revoke key builder quorate-builder-"))
        #expect(try ground.home.folder.text("state/keys/builder") != key)
        #expect(try await LogReading(ground.home).entries.isEmpty)
        // What the stores say was built is said again.
        let again = try await ground.run(["attest", path.path])
        #expect(again.status == 0, "\(again.err)")
        #expect(try await LogReading(ground.home).statements.count == 1)
    }

    @Test("A lost log key: the log stays as it is, and its successor has what it held")
    func lost() async throws {
        let (ground, _) = try await ground()
        let before = try await LogReading(ground.home)
        try FileManager.default.removeItem(atPath: ground.home.folder.file("state/keys/log"))
        let output = try await ground.run(["builder", "rotate", "--url", Self.next])
        #expect(output.status == 0, "\(output.err)")
        #expect(output.err.contains("no last checkpoint"))
        let after = try await LogReading(ground.home)
        #expect(after.origin == "alice.example/2/log")
        #expect(after.statements == before.statements)
    }

    @Test("A lost builder's key: nobody else can sign, and a new one begins")
    func lostBuilder() async throws {
        let (ground, path) = try await ground()
        try FileManager.default.removeItem(atPath: ground.home.folder.file("state/keys/builder"))
        #expect(try await ground.run(["attest", path.path]).status == 66)
        let output = try await ground.run(["builder", "rotate", "--url", Self.next, "--new-key"])
        #expect(output.status == 0, "\(output.err)")
        let again = try await ground.run(["attest", path.path])
        #expect(again.status == 0, "\(again.err)")
        #expect(try await LogReading(ground.home).statements.count == 1)
    }

    @Test("What a crash interrupts, the same command finishes")
    func resumes() async throws {
        let (ground, _) = try await ground()
        let before = try await LogReading(ground.home)
        let card = try ground.home.folder.read("state/card")
        #expect(try await ground.run(["builder", "rotate", "--url", Self.next]).status == 0)
        // As if it had ended before the last step.
        let folder = try retired(ground)
        try FileManager.default.removeItem(atPath: folder + "/card")
        try ground.home.folder.write("state/card", card)
        let output = try await ground.run(["builder", "rotate", "--url", Self.next])
        #expect(output.status == 0, "\(output.err)")
        let after = try await LogReading(ground.home)
        #expect(after.origin == "alice.example/2/log")
        #expect(after.statements == before.statements)
    }
}
