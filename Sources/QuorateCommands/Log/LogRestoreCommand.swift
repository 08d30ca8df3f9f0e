package import ArgumentParser
internal import Attestations
internal import ClaimSources
internal import DurableFiles
internal import Quorum
internal import TransparencyLog

/// `quorate log restore`: brings a log back from a copy.
package struct LogRestoreCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Bring a log's folder up to what a mirror of it holds.",
        discussion: """
            For a log whose disk was lost, or that was put back from an old backup and now refuses to go on. The key has
            to be there; the folder may be empty or hold an older state. Everything is checked against a checkpoint that
            the log itself signed, and nothing is signed. The address is the copy's own, or that of the mirror which has
            it; a folder that 'quorate log mirror' made is given as file:///FOLDER. Lists that stand beside entries come
            too where the copy has them.

            Exit status: 0 all is there, 1 lists are missing.

            Examples:
              quorate log restore https://bob.example/mirror
              quorate log restore --log /srv/log file:///srv/mirror
            """.flowing)

    @OptionGroup package var log: LogFolderOptions
    @OptionGroup package var policyOptions: PolicyOptions

    @Argument(help: ArgumentHelp("Where the copy is.", valueName: "url"))
    package var url: String

    package init() {}

    package func run() async throws {
        let terminal = Terminal.standard(color: .auto)
        let missing = try await CommandError.translating { () async throws -> Int in
            guard ["http://", "https://", "file://"].contains(where: { url.hasPrefix($0) }) else {
                throw CommandError(.usage, "'\(url)': no address; expected http://, https:// or file:///FOLDER")
            }
            let workplace = try Workplace()
            let places = workplace.places
            let builders = builders(workplace)
            let directory = try log.directory(places)
            let signer = try log.signer(places)
            let resources = HTTPResources()
            let result: Result<(before: UInt64, after: UInt64, missing: Int), any Error>
            do {
                result = .success(try await Self.restore(directory, signer, builders, from: url, resources))
            } catch {
                result = .failure(error)
            }
            await resources.shutdown()
            let (before, after, missing) = try result.get()
            terminal.output.line(
                "\(signer.key.name): \((after - before).counted("entry", "entries")) brought back, \(after.grouped) in all."
            )
            if missing > 0 {
                terminal.errors.line(
                    "quorate: \("warning", .yellow): \(missing.counted("list")) that entries name, and the copy does not "
                        + "have: put back references/ and inputs/ from a backup")
            }
            return missing
        }
        try terminal.checkOutput()
        if missing > 0 { throw ExitCode(ExitStatus.short.rawValue) }
    }

    /// Whose attestations the log holds, so far as this machine knows them: what they name as lists is looked for.
    private func builders(_ workplace: Workplace) -> [KeyIdentity] {
        if log.folder == nil { return (try? BuilderSite.open(workplace))?.acceptedBuilders ?? [] }
        return (try? workplace.policy(policyOptions.policy))?.builders.map(\.key.identity) ?? []
    }

    private static func restore(
        _ directory: LogDirectory, _ signer: NoteSigner, _ builders: [KeyIdentity], from url: String,
        _ resources: HTTPResources
    ) async throws -> (before: UInt64, after: UInt64, missing: Int) {
        let (source, bytes) = try await copy(of: signer.key, at: url, resources)
        defer { source.shutdown() }
        let checkpoint = try VerifiedCheckpoint(try SignedNote(parsing: bytes), logKey: signer.key)
        let (before, after) = try await LogRestoration.restore(
            directory, signer: signer, to: checkpoint, from: source)
        return (before, after, try await fetchLists(of: checkpoint, by: builders, in: directory, from: source))
    }

    /// The copy at an address, or below it under the name that mirrors give it.
    private static func copy(
        of key: NoteKey, at url: String, _ resources: HTTPResources
    ) async throws -> (LogTileSource, [UInt8]) {
        let source: LogTileSource
        do {
            source = try LogTileSource(url: url, resources: resources)
        } catch {
            throw CommandError(.usage, error.message)
        }
        do {
            return (source, try await source.checkpoint())
        } catch {
            source.shutdown()
            let below = try LogTileSource(
                url: "\(source.address)\(Checkpoint.pathName(ofOrigin: key.name))", resources: resources)
            do {
                return (below, try await below.checkpoint())
            } catch let second {
                below.shutdown()
                throw CommandError(.unavailable, "no copy of \(key.name): \(error); \(second)")
            }
        }
    }

    /// Fetches the lists that entries name and that are not here.
    /// - Returns: How many could not be had.
    private static func fetchLists(
        of checkpoint: VerifiedCheckpoint, by builders: [KeyIdentity], in directory: LogDirectory,
        from source: LogTileSource
    ) async throws -> Int {
        let reader = AttestationReader(keys: builders)
        var missing = 0
        try await TileReader(source: directory, checkpoint: checkpoint)
            .forEachBundle(in: 0..<checkpoint.size) { bundle in
                for (kind, digest) in bundle.entries.flatMap({ lists(of: $0, reader) }) {
                    guard FileStatus(path: directory.listFile(kind, digest)) == nil else { continue }
                    let bytes = try? await source.file("\(kind.rawValue)/\(digest.hex)")
                    guard let bytes, LogHash(Digest256.sha256(of: bytes).bytes) == digest else {
                        missing += 1
                        continue
                    }
                    _ = try await LogThread.run { () throws(TransparencyLogError) in
                        try directory.keepList(kind, bytes)
                    }
                }
            }
        return missing
    }

    /// The lists that an entry names.
    private static func lists(
        of entry: [UInt8], _ reader: AttestationReader
    ) -> [(kind: LogDirectory.ListKind, digest: LogHash)] {
        guard let attestation = try? reader.read(entry) else { return [] }
        var lists: [(kind: LogDirectory.ListKind, digest: LogHash)] = []
        for digest in attestation.referencesNeeded {
            if let hash = LogHash(digest.bytes) { lists.append((.references, hash)) }
        }
        if let hash = attestation.inputs.flatMap({ LogHash($0.bytes) }) { lists.append((.inputs, hash)) }
        return lists
    }
}
