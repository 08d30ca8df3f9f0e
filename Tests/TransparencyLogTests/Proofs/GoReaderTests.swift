import Foundation
import TestSupport
import Testing
import TransparencyLog

/// What we write is read, and what is written elsewhere read by us: the Go team's packages for signed notes and logs,
/// where Go and the sources of its packages are installed (Debian: golang-go, golang-golang-x-mod-dev, and for
/// cosignatures golang-github-transparency-dev-formats-dev).
@Suite struct GoReaderTests {
    private static let sources = "/usr/share/gocode"
    private static let go = "/usr/bin/go"
    private static let isThere =
        FileManager.default.isExecutableFile(atPath: go)
        && FileManager.default.fileExists(atPath: sources + "/src/golang.org/x/mod/sumdb/tlog/tile.go")
    private static let hasFormats = FileManager.default.fileExists(
        atPath: sources + "/src/github.com/transparency-dev/formats/note/note_cosigv1.go")

    @Test(.enabled(if: isThere)) func readsAndWritesWhatGoDoes() async throws {
        let folder = try TemporaryFolder()
        let log = try NoteSigner.generate(name: "log.example/go", kind: .ed25519)
        let witness = try NoteSigner.generate(name: "w.example/go", kind: .cosignature)
        let checkpoint = try await Self.writeLog(to: folder, log: log, witness: witness)

        let said = try Self.run(in: folder)
        #expect(said.hasPrefix("read: 70000 entries, 7 proofs"), "\(said)")

        // And back: a key that Go made, and notes that it signed with our key and its own.
        let goSigner = try NoteSigner(try folder.text("go.skey"))
        let goKey = try NoteKey(try folder.text("go.vkey"))
        #expect(goSigner.key == goKey)
        #expect(goSigner.secretText + "\n" == (try folder.text("go.skey")))
        let note = try SignedNote(parsing: try folder.read("go.note"))
        #expect(String(decoding: note.text, as: UTF8.self) == "a note\n\nfrom Go\n")
        #expect(Set(try note.verified(by: [goKey, log.key]).map(\.key)) == [goKey, log.key])
        #expect(try note.signatures.first { $0.name == goKey.name } == goSigner.sign(note.text))
        guard Self.hasFormats else { return }
        let goWitness = try NoteKey(try folder.text("go-witness.vkey"))
        let cosigned = try VerifiedCheckpoint(
            try SignedNote(parsing: try folder.read("go.cosigned")), logKey: log.key,
            cosigners: [witness.key, goWitness])
        #expect(cosigned.checkpoint == checkpoint.checkpoint)
        #expect(Set(cosigned.cosignatures.map(\.key)) == [witness.key, goWitness])
    }

    /// 70,000 entries: three levels of tiles.
    private static func writeLog(
        to folder: TemporaryFolder, log: NoteSigner, witness: NoteSigner
    ) async throws -> VerifiedCheckpoint {
        func signed(_ tree: Frontier) throws -> VerifiedCheckpoint {
            let checkpoint = try Checkpoint(origin: log.key.name, size: tree.size, root: tree.root)
            return try VerifiedCheckpoint(signing: checkpoint, by: log)
        }
        var tiles = MemoryTiles()
        try tiles.append((0..<600).map(LogVectors.entry))
        let older = try signed(tiles.frontier)
        try tiles.append((600..<70_000).map(LogVectors.entry))
        var newest = try signed(tiles.frontier)
        let cosignature = try witness.cosign(newest.checkpoint.text, at: 1_767_225_600)
        newest = try newest.adding([cosignature], cosigners: [witness.key])
        for (path, bytes) in tiles.files { try folder.write(path.text, bytes) }
        try folder.write("log.vkey", log.key.text)
        try folder.write("log.skey", log.secretText)
        try folder.write("witness.vkey", witness.key.text)
        try folder.write("checkpoint", newest.note.bytes)
        try folder.write("older", older.note.bytes)
        let reader = TileReader(source: tiles, checkpoint: newest)
        let consistency = try await reader.consistencyProof(from: older.size)
        try folder.write("consistency", consistency.map { $0.base64 + "\n" }.joined())
        for index: UInt64 in [0, 1, 255, 256, 65_535, 65_536, 69_999] {
            let proof = try TlogProof(
                extra: try await reader.entry(index), index: index, hashes: try await reader.inclusionProof(of: index),
                checkpoint: newest.note)
            try folder.write("proofs/\(index).tlog-proof", proof.bytes)
        }
        return newest
    }

    private static func run(in folder: TemporaryFolder) throws -> String {
        let program = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Go").path
        let process = Process()
        process.executableURL = URL(fileURLWithPath: go)
        process.arguments =
            ["run"] + (hasFormats ? ["-tags", "formats"] : [])
            + ["main.go", hasFormats ? "formats.go" : "plain.go", folder.path]
        process.currentDirectoryURL = URL(fileURLWithPath: program)
        process.environment = [
            "GO111MODULE": "off", "GOFLAGS": "", "GOPATH": sources, "GOCACHE": folder.file("cache"),
            "HOME": folder.path, "PATH": "/usr/bin:/bin",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: said, as: UTF8.self)
    }
}
