import Foundation
import Synchronization
import TestSupport
import Testing

@testable import TransparencyLog

@Suite("A mirror (c2sp.org/tlog-mirror)")
struct MirrorTests {
    let folder: TemporaryFolder
    let signer: NoteSigner

    init() throws {
        folder = try TemporaryFolder()
        signer = try NoteSigner.generate(name: "mirror.example/m", kind: .cosignature)
    }

    func mirror(_ logs: SmallLog...) throws -> LogMirror {
        try LogMirror(directory: folder.file("mirror"), signer: signer, logs: KnownLogs(logs.map(\.key)))
    }

    func send(_ body: [UInt8], to mirror: LogMirror, pieces: Int = 5000, now: UInt64 = 1000) throws -> AddEntriesAnswer
    {
        let upload = mirror.upload()
        var rest = body[...]
        while !rest.isEmpty {
            guard try upload.push(Array(rest.prefix(pieces))) else { break }
            rest = rest.dropFirst(pieces)
        }
        return try upload.finish(now: now)
    }

    func root(_ log: SmallLog) -> String { folder.file("mirror/\(Checkpoint.pathName(ofOrigin: log.origin))") }

    /// What the folder serves is the tree of the size that its checkpoint says: signed by log and mirror, with every
    /// tile and bundle, a part of one perhaps only as the full one.
    func expectCopy(_ log: SmallLog, _ size: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let text = try Data(contentsOf: URL(fileURLWithPath: "\(root(log))/checkpoint"))
        let note = try SignedNote(parsing: Array(text))
        #expect(note.text == (try log.checkpoint(size).text), sourceLocation: sourceLocation)
        #expect(note.signatures.map(\.name) == [log.origin, signer.key.name], sourceLocation: sourceLocation)
        #expect(try note.verified(by: [log.key, signer.key]).count == 2, sourceLocation: sourceLocation)
        let tiles = try log.tiles(size)
        for path in TilePath.paths(to: UInt64(size)) {
            let expected = try #require(tiles.read(path))
            let stored =
                FileManager.default.contents(atPath: "\(root(log))/\(path.text)")
                ?? FileManager.default.contents(atPath: "\(root(log))/\(path.full.text)")
            let isEqual = stored.map { Array($0.prefix(expected.count)) } == expected
            #expect(isEqual, "\(path)", sourceLocation: sourceLocation)
        }
    }

    @Test("Takes the vector's upload from 100 to 600, in pieces of any size", arguments: [1, 100, 1 << 20])
    func vector(pieces: Int) throws {
        let vector: WitnessVectors.Upload = try WitnessVectors.decode("mirror_add_entries.json")
        let log = SmallLog(try WitnessVectors.signer("log.example.org/rebuild/1"), count: 600)
        let mirror = try mirror(log)
        #expect(try mirror.addCheckpoint(log.body(0, 100), now: 1) == .accepted(lines: []))
        #expect(try send(log.upload(0, 100), to: mirror).status == 200)
        try expectCopy(log, 100)
        let note = try SignedNote(parsing: Array(vector.checkpoint.utf8))
        #expect(note == (try log.checkpoint(600).signed(by: log.signer)))
        #expect(try mirror.addCheckpoint(log.body(100, 600), now: 1) == .accepted(lines: []))
        // Setting the pending checkpoint signs nothing.
        try expectCopy(log, 100)
        let body = try WitnessVectors.bytes("mirror_add_entries_100_600.bin")
        #expect(body.count == vector.len)
        let answer = try send(body, to: mirror, pieces: pieces, now: 4000)
        guard case .cosigned(let lines) = answer else {
            Issue.record("\(answer)")
            return
        }
        let cosigned = try SignedNote(parsing: note.bytes + lines).verified(by: [signer.key])
        #expect(cosigned.map(\.time) == [4000])
        try expectCopy(log, 600)
    }

    @Test("A log grows through all shapes of its right edge", arguments: [2, 600, 65_537])
    func growth(last: Int) throws {
        let log = try SmallLog(count: last)
        let mirror = try mirror(log)
        var size = 0
        for next in [1, 2, 100, 255, 256, 257, 511, 512, 513, 600, 65_537] where next <= last {
            #expect(try mirror.addCheckpoint(log.body(size, next), now: 1).status == 200)
            let answer = try send(log.upload(size, next), to: next % 2 == 0 ? mirror : self.mirror(log))
            #expect(answer.status == 200, "\(answer)")
            try expectCopy(log, next)
            size = next
        }
    }

    @Test("An upload that breaks off keeps what was whole, and goes on from there, after a restart too")
    func interrupted() throws {
        let log = try SmallLog(count: 1000)
        #expect(try mirror(log).addCheckpoint(log.body(0, 1000), now: 1).status == 200)
        let body = try log.upload(0, 1000)
        var next: UInt64 = 0
        var ticket: [UInt8] = []
        #expect(try send(Array(body.prefix(body.count / 7)), to: mirror(log)).status == 400)
        for _ in 1...3 {
            let rest = try log.upload(Int(next), 1000, ticket: ticket)
            let answer = try send(Array(rest.prefix(body.count * 2 / 7)), to: mirror(log))
            let info = try #require(answer.status == 202 ? answer.info : nil, "\(answer)")
            #expect(info.size == 1000)
            #expect(info.next == next + 256)
            (next, ticket) = (info.next, info.ticket)
        }
        #expect(next == 768)
        #expect(FileManager.default.fileExists(atPath: "\(root(log))/checkpoint") == false)
        #expect(try send(log.upload(768, 1000), to: mirror(log)).status == 200)
        try expectCopy(log, 1000)
    }

    @Test("An upload that starts within a bundle is verified together with what is stored of it")
    func midBundle() throws {
        let log = try SmallLog(count: 300)
        for (old, new) in [(0, 10), (10, 11), (11, 200), (200, 300)] {
            let mirror = try mirror(log)
            #expect(try mirror.addCheckpoint(log.body(old, new), now: 1).status == 200)
            #expect(try send(log.upload(old, new), to: mirror).status == 200)
            try expectCopy(log, new)
        }
        // The parts of the first bundle went with the full one.
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(root(log))/tile/entries")
        #expect(names.sorted() == ["000", "001.p"])
    }

    @Test("Entries that are not the log's are refused, and nothing of their package is kept")
    func wrongEntries() throws {
        let log = try SmallLog(count: 600)
        let mirror = try mirror(log)
        #expect(try mirror.addCheckpoint(log.body(0, 600), now: 1).status == 200)
        let body = try log.upload(0, 600)
        let header = try AddEntriesHeader(origin: log.origin, start: 0, end: 600).bytes.count
        for position in stride(from: header + 2, to: body.count, by: 211) {
            var wrong = body
            wrong[position] ^= 1
            let answer = try send(wrong, to: self.mirror(log))
            #expect([400, 202, 422].contains(answer.status), "\(position): \(answer)")
        }
        let other = SmallLog(log.signer, count: 600) { [UInt8($0 & 255), 1] }
        #expect(try send(other.upload(0, 600), to: mirror).status == 422)
        // The last package was never sent whole and right.
        #expect(mirror.nextEntry(of: mirror.folder(origin: log.origin)) <= 512)
        #expect(try send(log.upload(0, 600), to: mirror).status == 200)
        try expectCopy(log, 600)
    }

    @Test("Where an upload cannot start or end, the mirror says where it can")
    func conflicts() throws {
        let log = try SmallLog(count: 10_000)
        let stranger = try SmallLog(named: "log.example/stranger", count: 3)
        let mirror = try mirror(log)
        #expect(try send(stranger.upload(0, 3), to: mirror) == .unknownLog)
        #expect(try send(log.upload(0, 300), to: mirror).status == 422)
        #expect(try mirror.addCheckpoint(log.body(0, 300), now: 1).status == 200)
        // A question without entries.
        let probe = try send(log.upload(0, 0), to: mirror)
        #expect(probe.status == 409)
        #expect(probe.info.map { [$0.size, $0.next] } == [300, 0])
        #expect(try send(log.upload(300, 300), to: mirror).info.map { [$0.size, $0.next] } == [300, 0])
        #expect(try send(log.upload(1, 300), to: mirror).info?.next == 0)
        #expect(try send(log.upload(0, 299), to: mirror).info?.size == 300)
        #expect(try send(log.upload(0, 300), to: mirror).status == 200)
        #expect(try send(log.upload(300, 300), to: mirror).status == 200)
        #expect(try mirror.addCheckpoint(log.body(300, 10_000), now: 1).status == 200)
        #expect(try send(log.upload(300, 10_000), to: mirror).status == 200)
        // Below the mirror's checkpoint, though it was pending once; and from too far below.
        #expect(try send(log.upload(0, 300), to: mirror).status == 409)
        #expect(try send(log.upload(0, 10_000), to: mirror).info.map { [$0.size, $0.next] } == [10_000, 10_000])
        #expect(try send(log.upload(9_000, 10_000), to: mirror).status == 200)
        for body in [[], [0], try log.upload(0, 300).prefix(20).map { $0 }] {
            #expect(try send(body, to: mirror).status == 400)
        }
    }

    @Test("With its ticket an upload goes on although the log has grown; a later checkpoint is not taken back")
    func tickets() throws {
        let log = try SmallLog(count: 900)
        let mirror = try mirror(log)
        #expect(try mirror.addCheckpoint(log.body(0, 600), now: 1).status == 200)
        let first = try #require(try send(log.upload(0, 600, packages: 1), to: mirror).info)
        #expect(first.size == 600 && first.next == 256 && !first.ticket.isEmpty)
        #expect(try mirror.addCheckpoint(log.body(600, 900), now: 1).status == 200)
        // Without the ticket only the new pending checkpoint is known.
        #expect(try send(log.upload(256, 600), to: mirror).info?.size == 900)
        var forged = first.ticket
        forged[forged.count - 10] ^= 1
        #expect(try send(log.upload(256, 600, ticket: forged), to: mirror).status == 409)
        #expect(try send(log.upload(256, 600, ticket: [1, 2, 3]), to: mirror).status == 409)
        let other = try LogMirror(
            directory: folder.file("other"), signer: signer, logs: KnownLogs([log.key]))
        #expect(try other.addCheckpoint(log.body(0, 900), now: 1).status == 200)
        #expect(try send(log.upload(0, 600, ticket: first.ticket), to: other).info?.size == 900)
        #expect(try send(log.upload(256, 600, ticket: first.ticket), to: self.mirror(log)).status == 200)
        try expectCopy(log, 600)
        #expect(try send(log.upload(600, 900), to: self.mirror(log)).status == 200)
        try expectCopy(log, 900)
        let late = try send(log.upload(600, 600, ticket: first.ticket), to: mirror)
        #expect(late.status == 409)
        #expect(late.info?.size == 900)
        try expectCopy(log, 900)
    }

    @Test("A smaller checkpoint that another upload has overtaken gets all its tiles")
    func overtaken() throws {
        let log = try SmallLog(count: 600)
        let mirror = try mirror(log)
        #expect(try mirror.addCheckpoint(log.body(0, 550), now: 1).status == 200)
        let early = try #require(try send(log.upload(0, 550, packages: 1), to: mirror).info)
        #expect(try mirror.addCheckpoint(log.body(550, 600), now: 1).status == 200)
        // The larger upload stores everything, and breaks off before it is done: the last byte is missing.
        let large = mirror.upload()
        #expect(try large.push(log.upload(256, 600).dropLast()))
        let small = try send(log.upload(256, 550, ticket: early.ticket), to: mirror)
        #expect(small.status == 200, "\(small)")
        try expectCopy(log, 550)
        #expect(try large.push([log.upload(256, 600).last ?? 0]) == false)
        #expect(try large.finish(now: 5).status == 200)
        try expectCopy(log, 600)
        // And the other way round: the larger has stored its last part when the smaller is committed.
        let second = try SmallLog(named: "log.example/second", count: 600)
        mirror.setLogs(KnownLogs([second.key]))
        #expect(try mirror.addCheckpoint(second.body(0, 550), now: 1).status == 200)
        let ticket = try #require(try send(second.upload(0, 550, packages: 1), to: mirror).info).ticket
        #expect(try mirror.addCheckpoint(second.body(550, 600), now: 1).status == 200)
        let whole = mirror.upload()
        #expect(try whole.push(second.upload(256, 600)) == false)
        #expect(try send(second.upload(550, 550, ticket: ticket), to: mirror).status == 200)
        try expectCopy(second, 550)
        #expect(try whole.finish(now: 5).status == 200)
        try expectCopy(second, 600)
    }

    @Test("Uploads beside each other end in one sound copy")
    func beside() async throws {
        let log = try SmallLog(count: 3000)
        let mirrors = [try mirror(log), try mirror(log)]
        #expect(try mirrors[0].addCheckpoint(log.body(0, 3000), now: 1).status == 200)
        let body = try log.upload(0, 3000)
        await withTaskGroup(of: Int?.self) { group in
            for worker in 0..<6 {
                group.addTask { try? send(body, to: mirrors[worker % 2], pieces: 1000 + worker).status }
            }
            for await status in group { #expect(status == 200) }
        }
        try expectCopy(log, 3000)
    }

    @Test("A forged line under the mirror's own name is not stored")
    func forgedLine() throws {
        let log = try SmallLog(count: 5)
        let mirror = try mirror(log)
        let request = try AddCheckpointRequest(parsing: log.body(0, 5))
        let forged = try signer.cosign(Array("another text\n".utf8), at: 1)
        let note = try SignedNote(text: request.note.text, signatures: [forged] + request.note.signatures)
        #expect(
            try mirror.addCheckpoint(AddCheckpointRequest(oldSize: 0, proof: [], note: note).bytes, now: 1).status
                == 200)
        #expect(try send(log.upload(0, 5), to: self.mirror(log)).status == 200)
        try expectCopy(log, 5)
    }

    @Test("A tile that the disk has changed is made again from the entries")
    func damagedTile() throws {
        let log = try SmallLog(count: 700)
        let mirror = try mirror(log)
        #expect(try mirror.addCheckpoint(log.body(0, 700), now: 1).status == 200)
        #expect(try send(log.upload(0, 700, packages: 2), to: mirror).status == 202)
        try flip("tile/0/000", of: log)
        #expect(try send(log.upload(512, 700), to: self.mirror(log)).status == 200)
        try expectCopy(log, 700)
    }

    @Test("Entries that the disk has changed are found before anything is signed")
    func damagedEntries() throws {
        let log = try SmallLog(count: 700)
        let mirror = try mirror(log)
        #expect(try mirror.addCheckpoint(log.body(0, 700), now: 1).status == 200)
        #expect(try send(log.upload(0, 700, packages: 2), to: mirror).status == 202)
        try flip("tile/entries/000", of: log)
        try FileManager.default.removeItem(atPath: "\(root(log))/tile/0/000")
        for _ in 0..<2 {
            #expect(throws: TransparencyLogError(.records, "")) {
                try send(log.upload(512, 700), to: self.mirror(log))
            }
            #expect(FileManager.default.fileExists(atPath: "\(root(log))/checkpoint") == false)
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: "\(root(log))/tile/entries") {
            try FileManager.default.removeItem(atPath: "\(root(log))/tile/entries/\(name)")
        }
        #expect(try send(log.upload(0, 700), to: self.mirror(log)).status == 200)
        try expectCopy(log, 700)
    }

    private func flip(_ name: String, of log: SmallLog) throws {
        let path = "\(root(log))/\(name)"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[100] ^= 1
        try FileManager.default.removeItem(atPath: path)
        try bytes.write(to: URL(fileURLWithPath: path))
    }

    @Test("The uploader brings a log to a mirror, whatever the mirror has already", arguments: [0, 1, 300, 9000])
    func uploader(start: Int) async throws {
        let log = try SmallLog(count: 10_000)
        let mirror = try mirror(log)
        let destination = LocalMirror(mirror, clock: { 7777 })
        for size in [start, start + 1, start + 300, 10_000] {
            let uploader = MirrorUploader(source: try log.tiles(size), destination: destination)
            let lines = try await uploader.bring(log.verified(size))
            #expect(lines.map(\.name) == [signer.key.name])
            try expectCopy(log, size)
        }
        #expect(try await destination.newest(origin: log.origin)?.text == log.checkpoint(10_000).text)
        await #expect(throws: TransparencyLogError(.submission, "")) {
            try await MirrorUploader(source: log.tiles(start), destination: destination).bring(log.verified(start))
        }
        let unknown = try SmallLog(named: "log.example/unknown", count: 3)
        await #expect(throws: TransparencyLogError(.submission, "")) {
            try await MirrorUploader(source: unknown.tiles(3), destination: destination).bring(unknown.verified(3))
        }
    }

    @Test("A log that asks a mirror waits no longer than it likes; the upload goes on")
    func cosigner() async throws {
        let log = try SmallLog(count: 3000)
        let destination = SlowMirror(LocalMirror(try mirror(log), clock: { 5 }))
        let cosigner = MirrorCosigner(source: try log.tiles(2500), destination: destination)
        let request = CosignRequest(oldSize: 0, proof: [], checkpoint: try log.verified(2500))
        let asking = Task { try await cosigner.cosign(request) }
        try await Task.sleep(for: .milliseconds(100))
        asking.cancel()
        await #expect(throws: CancellationError.self) { try await asking.value }
        await #expect(throws: TransparencyLogError(.submission, "")) { try await cosigner.cosign(request) }
        destination.open()
        while try await destination.newest(origin: log.origin) == nil { try await Task.sleep(for: .milliseconds(10)) }
        try expectCopy(log, 2500)
        // The next time there is little to do.
        var answer: CosignAnswer?
        while answer == nil { answer = try? await cosigner.cosign(request) }
        guard case .cosigned(let lines) = answer else {
            Issue.record("no cosignature")
            return
        }
        #expect(try log.verified(2500).adding(lines, cosigners: [signer.key]).cosignatures.count == 1)
        cosigner.stop()
        await #expect(throws: TransparencyLogError(.submission, "")) { try await cosigner.cosign(request) }
    }
}

/// A mirror whose answers wait until they are let through.
private final class SlowMirror: MirrorDestination {
    private let mirror: LocalMirror
    private let isOpen = Atomic<Bool>(false)

    init(_ mirror: LocalMirror) { self.mirror = mirror }

    var key: NoteKey { mirror.key }

    func open() { isOpen.store(true, ordering: .relaxed) }

    func newest(origin: String) async throws -> SignedNote? { try await mirror.newest(origin: origin) }

    func addCheckpoint(_ body: [UInt8]) async throws -> AddCheckpointAnswer { try await mirror.addCheckpoint(body) }

    func addEntries(_ body: [UInt8]) async throws -> AddEntriesAnswer {
        while !isOpen.load(ordering: .relaxed) { try await Task.sleep(for: .milliseconds(5)) }
        return try await mirror.addEntries(body)
    }
}
