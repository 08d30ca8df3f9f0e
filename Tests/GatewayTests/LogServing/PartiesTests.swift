import ClaimSources
import Compression
import Foundation
import TestSupport
import Testing
import TransparencyLog

@testable import Gateway

/// Two parties and more, each with its server, over HTTP.
@Suite("Witnesses and mirrors over HTTP")
struct PartiesTests {
    @Test("A log is cosigned by another party's witness and copied by its mirror")
    func cosigned() async throws {
        let resources = HTTPResources()
        let other = try await LogServerFixture(name: "other.example")
        let witness = try WitnessClient(
            key: other.witnessSigner.key, submission: "\(other.address)/witness", resources: resources)
        let folder = try TemporaryFolder()
        let signer = try NoteSigner.generate(name: "own.example/log", kind: .ed25519)
        let directory = try LogDirectory.create(folder.file("log"), signer: signer)
        let mirrorClient = try MirrorClient(
            key: other.mirrorSigner.key, submission: "\(other.address)/mirror", resources: resources)
        let cosigners: [any CheckpointCosigner] = [
            witness, MirrorCosigner(source: directory, destination: mirrorClient),
        ]
        other.witness.setLogs(KnownLogs([signer.key]))
        other.mirror.setLogs(KnownLogs([signer.key]))
        let sequencer = try await Sequencer.open(
            directory, signer: signer, cosigners: cosigners, believes: { $0.count >= 2 })
        let name = Checkpoint.pathName(ofOrigin: signer.key.name)
        #expect(try await witness.newest(origin: "unknown.example/log") == nil)
        for number in 0..<700 { _ = try await sequencer.add(Array("entry \(number)".utf8)) }
        try await sequencer.published(699)
        let published = sequencer.checkpoint()
        #expect(published.size == 700)
        #expect(Set(published.cosignatures.map(\.key)) == [other.witnessSigner.key, other.mirrorSigner.key])
        let seen = try await witness.newest(origin: signer.key.name)
        #expect(seen?.text == published.checkpoint.text)
        let copy = try await other.client.get("/mirror/\(name)/checkpoint")
        let mirrored = try VerifiedCheckpoint(
            SignedNote(parsing: copy.body), logKey: signer.key, cosigners: [other.mirrorSigner.key])
        #expect(mirrored.size == 700 && mirrored.cosignatures.count == 1)
        for path in TilePath.paths(to: 700) {
            let original = try #require(try await directory.read(path))
            let served = try await other.client.get("/mirror/\(name)/\(path.text)")
            let isSame = served.body == original
            #expect(isSame, "\(path)")
        }
        #expect(try await other.client.get("/mirror/\(name)/.state/pending").status == 404)
        #expect(try await other.client.get("/mirror/.tickets").status == 404)
        await sequencer.close()
        await other.stop()
        await resources.shutdown()
    }

    @Test("The witness over HTTP answers as the protocol says, and so does its client")
    func statuses() async throws {
        let resources = HTTPResources()
        let server = try await LogServerFixture(name: "w.example")
        let signer = try NoteSigner.generate(name: "l.example/log", kind: .ed25519)
        var tiles = MemoryTiles()
        try tiles.append((0..<9).map { [UInt8($0)] })
        let checkpoint = try VerifiedCheckpoint(
            signing: Checkpoint(origin: signer.key.name, size: 9, root: tiles.frontier.root), by: signer)
        let client = try WitnessClient(
            key: server.witnessSigner.key, submission: "\(server.address)/witness/", resources: resources)
        let first = CosignRequest(oldSize: 0, proof: [], checkpoint: checkpoint)
        await #expect(throws: SourceTrouble.self) { try await client.cosign(first) }
        server.witness.setLogs(KnownLogs([signer.key]))
        guard case .cosigned(let lines) = try await client.cosign(first) else {
            Issue.record("no cosignature")
            return
        }
        #expect(try checkpoint.adding(lines, cosigners: [client.key]).cosignatures.count == 1)
        guard case .conflict(let size) = try await client.cosign(first) else {
            Issue.record("no conflict")
            return
        }
        #expect(size == 9)
        let body = AddCheckpointRequest(oldSize: 0, proof: [], note: checkpoint.note).bytes
        let raw = try await server.client.post("/witness/add-checkpoint", body)
        #expect(raw.status == 409 && raw.text == "9\n" && raw.headers["content-type"] == "text/x.tlog.size")
        #expect(raw.headers["connection"] != "close")
        await server.stop()
        await #expect(throws: SourceTrouble.self) { try await client.cosign(first) }
        await resources.shutdown()
    }

    @Test("A forged line under the witness's own key, posted over HTTP, is neither served nor in the way of growth")
    func forgedLine() async throws {
        let server = try await LogServerFixture(name: "w.example")
        let signer = try NoteSigner.generate(name: "l.example/log", kind: .ed25519)
        server.witness.setLogs(KnownLogs([signer.key]))
        var tiles = MemoryTiles()
        try tiles.append([[1], [2], [3]])
        let (three, old) = (tiles.frontier.root, tiles)
        try tiles.append([[4], [5]])
        let (five, new) = (tiles.frontier.root, tiles)
        let first = try Checkpoint(origin: signer.key.name, size: 3, root: three).signed(by: signer)
        let forged = try server.witnessSigner.cosign(Array("another text\n".utf8), at: 7)
        let poisoned = try SignedNote(text: first.text, signatures: first.signatures + [forged])
        let post = AddCheckpointRequest(oldSize: 0, proof: [], note: poisoned).bytes
        #expect(try await server.client.post("/witness/add-checkpoint", post).status == 200)
        let name = Checkpoint.pathName(ofOrigin: signer.key.name)
        let served = try SignedNote(parsing: try await server.client.get("/witness/\(name)/checkpoint").body)
        #expect(try served.verified(by: [signer.key, server.witnessSigner.key]).count == 2)
        #expect(served.signatures.count == 2)
        let proof = try TileProofs.consistency(from: 3, to: 5) { new.read($0) ?? old.read($0) }
        let second = try Checkpoint(origin: signer.key.name, size: 5, root: five).signed(by: signer)
        let growth = AddCheckpointRequest(oldSize: 3, proof: proof, note: second).bytes
        #expect(try await server.client.post("/witness/add-checkpoint", growth).status == 200)
        // Another tree of the same size, properly signed: the log's equivocation gets no cosignature.
        let fork = try Checkpoint(origin: signer.key.name, size: 5, root: three).signed(by: signer)
        let other = AddCheckpointRequest(oldSize: 5, proof: [], note: fork).bytes
        #expect(try await server.client.post("/witness/add-checkpoint", other).status == 422)
        await server.stop()
    }

    @Test("More requests than are answered at a time are told to come again")
    func flood() async throws {
        var limits = LogServerLimits()
        limits.checkpointRequests = 0
        limits.uploads = 0
        let server = try await LogServerFixture(name: "w.example", limits: limits)
        for path in ["/witness/add-checkpoint", "/mirror/add-checkpoint", "/mirror/add-entries"] {
            let answer = try await server.client.post(path, Array("old 0\n".utf8))
            #expect(answer.status == 503, "\(path)")
            #expect(answer.headers["retry-after"] == "2", "\(path)")
        }
        await server.stop()
    }

    @Test("add-entries takes gzip, and is told where it stands when it breaks off")
    func gzip() async throws {
        let server = try await LogServerFixture(name: "m.example")
        let signer = try NoteSigner.generate(name: "l.example/log", kind: .ed25519)
        server.mirror.setLogs(KnownLogs([signer.key]))
        var tiles = MemoryTiles()
        let entries = (0..<300).map { Array("entry \($0)".utf8) }
        try tiles.append(entries)
        let source = tiles
        let checkpoint = try VerifiedCheckpoint(
            signing: Checkpoint(origin: signer.key.name, size: 300, root: tiles.frontier.root), by: signer)
        let announce = AddCheckpointRequest(oldSize: 0, proof: [], note: checkpoint.note).bytes
        #expect(try await server.client.post("/mirror/add-checkpoint", announce).status == 200)
        var body = try AddEntriesHeader(origin: signer.key.name, start: 0, end: 300).bytes
        for range in [0..<256, 256..<300] as [Range<UInt64>] {
            let proof = try TileProofs.subtree(range, size: 300) { source.read($0) }
            body += try EntryPackage(
                range: range, entries: Array(entries[Int(range.lowerBound)..<Int(range.upperBound)]), proof: proof
            ).encoded()
        }
        let packed = try Self.gzip(body)
        #expect(packed.count < body.count)
        let header = "content-encoding: gzip\r\ncontent-type: application/octet-stream\r\n"
        let broken = try await server.client.post(
            "/mirror/add-entries", Array(packed.dropLast(20)), headers: header)
        #expect(broken.status == 202)
        #expect(broken.headers["content-type"] == "text/x.tlog.mirror-info")
        #expect(broken.headers["accept-encoding"] == "gzip")
        #expect(try MirrorInfo(parsing: broken.body).next == 256)
        #expect(try await server.client.post("/mirror/add-entries", packed, headers: header).status == 200)
        #expect(try await server.client.post("/mirror/add-entries", body).status == 200)
        await server.stop()
    }

    private static func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
        var packed: [UInt8] = []
        let compressor = try Compressor(.gzip)
        try compressor.push(bytes) { packed += $0 }
        try compressor.finish { packed += $0 }
        return packed
    }
}
