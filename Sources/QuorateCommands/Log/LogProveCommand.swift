package import ArgumentParser
internal import ClaimSources
internal import DurableFiles
internal import TransparencyLog

/// `quorate log prove`: a proof that an entry is in a log.
package struct LogProveCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Write an offline proof (C2SP tlog-proof) that a log has an entry, with the entry in it.",
        discussion: """
            The proof is made from the log's tiles, and every tile is checked: the log's own words are not believed.
            Proofs for whole verdicts are made by 'quorate proof export'.

            Examples:
              quorate log prove 42 -o claim.tlog-proof
              quorate log prove 42 --from https://alice.example/log \\
                  --vkey 'alice.example/log+5f1e2a90+AQ…'
            """.flowing)

    @OptionGroup package var log: LogFolderOptions

    @Option(help: ArgumentHelp("The log's address, for a log elsewhere: http, https or file.", valueName: "url"))
    package var from: String?

    @Option(help: ArgumentHelp("The log's public key; needed with --from.", valueName: "key"))
    package var vkey: String?

    @Option(
        name: [.customShort("o"), .customLong("output")], help: "Where to write; '-' for standard output.",
        completion: .file())
    package var destination = "-"

    @Argument(help: "The entry's index.")
    package var index: UInt64

    package init() {}

    package func validate() throws {
        guard from == nil || vkey != nil else { throw ValidationError("--from needs --vkey: the log's public key") }
    }

    package func run() async throws {
        let terminal = Terminal.standard(color: .auto)
        try await CommandError.translating {
            let proof = try await proof()
            if destination == "-" {
                terminal.output.data(proof.bytes)
            } else {
                try WholeFile.replace(destination, proof.bytes, mode: 0o644)
            }
        }
        try terminal.checkOutput()
    }

    private func proof() async throws -> TlogProof {
        let key: NoteKey
        guard let from, let vkey else {
            let places = try Workplace().places
            let directory = try log.directory(places)
            key = try self.vkey.map { try NoteKey($0) } ?? log.signer(places).key
            guard let note = try directory.checkpointNote() else {
                throw CommandError(.noInput, "\(directory.root): there is no log")
            }
            return try await proof(from: directory, note, key)
        }
        key = try NoteKey(vkey)
        let resources = HTTPResources()
        do {
            let source = try LogTileSource(url: from, resources: resources)
            let proof = try await proof(from: source, try SignedNote(parsing: await source.checkpoint()), key)
            source.shutdown()
            await resources.shutdown()
            return proof
        } catch {
            await resources.shutdown()
            throw error
        }
    }

    private func proof(from source: any TileSource, _ note: SignedNote, _ key: NoteKey) async throws -> TlogProof {
        let checkpoint = try VerifiedCheckpoint(note, logKey: key)
        guard index < checkpoint.size else {
            throw CommandError(
                .noInput,
                "\(checkpoint.origin) has \(checkpoint.size.counted("entry", "entries")), counted from 0: there is no \(index)"
            )
        }
        let reader = TileReader(source: source, checkpoint: checkpoint)
        // The note as it came: cosignatures of witnesses that this machine does not know are worth keeping.
        return try TlogProof(
            extra: try await reader.entry(index), index: index, hashes: try await reader.inclusionProof(of: index),
            checkpoint: note)
    }
}
