package import ArgumentParser
internal import ClaimSources
internal import Quorum
internal import TransparencyLog

/// `quorate log mirror`: keeps whole copies of logs by fetching.
package struct LogMirrorCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "mirror",
        abstract: "Copy logs, entries and all, into a folder that any web server can serve.",
        discussion: """
            Without a log named, every log of the policy is copied. Each copy is FOLDER/HEX, where HEX is the SHA-256 of
            the log's origin, in the layout of C2SP tlog-tiles. Everything is verified before it is kept, and each copy's
            checkpoint is cosigned by this machine's mirror key. A run goes on where the last one ended.

            Examples:
              quorate log mirror --into /srv/mirror
              quorate log mirror --into /srv/mirror \\
                  'alice.example/log+5f1e2a90+AQ…' https://alice.example/log
            """.flowing)

    @OptionGroup package var policyOptions: PolicyOptions

    @Option(
        help: ArgumentHelp(
            "Where the copies are.", discussion: "Default: mirror in the state folder.", valueName: "folder"),
        completion: .directory)
    package var into: String?

    @Argument(help: ArgumentHelp("A log's public key, and where it is read.", valueName: "key url"))
    package var log: [String] = []

    package init() {}

    package func validate() throws {
        guard log.isEmpty || log.count == 2 else { throw ValidationError("a log is named by its key and its address") }
    }

    private struct Target {
        let key: NoteKey
        let url: String
    }

    package func run() async throws {
        let terminal = Terminal.standard(color: .auto)
        let areAllWhole = try await CommandError.translating { () async throws -> Bool in
            let workplace = try Workplace()
            let targets = try targets(workplace)
            let folder = try into.map { try Files.absolute($0) } ?? workplace.places.mirror
            let keyFile = BuilderKeys.file(of: .mirror, workplace.places)
            try Files.makeDirectory(workplace.places.keys)
            let signer =
                Files.exists(keyFile)
                ? try LogKeyFile.read(keyFile, kind: .cosignature)
                : try LogKeyFile.readOrMake(
                    keyFile, name: "quorate-mirror-\(SecretFile.hex(SecretFile.random32().prefix(6)))",
                    kind: .cosignature)
            let mirror = try await LogThread.run {
                try LogMirror(directory: folder, signer: signer, logs: KnownLogs(targets.map(\.key)))
            }
            let resources = HTTPResources()
            var areAllWhole = true
            for target in targets {
                do {
                    let checkpoint = try await Self.copy(target, into: mirror, resources)
                    terminal.output.line(
                        "\(checkpoint.origin): \(checkpoint.size.counted("entry", "entries")) in "
                            + "\(folder)/\(Checkpoint.pathName(ofOrigin: checkpoint.origin))")
                } catch {
                    areAllWhole = false
                    terminal.errors.line("quorate: \(target.key.name): \(CommandError(trouble: error).description)")
                }
            }
            await resources.shutdown()
            return areAllWhole
        }
        try terminal.checkOutput()
        if !areAllWhole { throw ExitCode(ExitStatus.short.rawValue) }
    }

    private func targets(_ workplace: Workplace) throws -> [Target] {
        if log.count == 2 { return [Target(key: try NoteKey(log[0]), url: log[1])] }
        let targets = try workplace.policy(policyOptions.policy).logs.compactMap { line in
            try line.url.map { Target(key: try NoteKey(line.verifierKey), url: $0) }
        }
        guard !targets.isEmpty else { throw CommandError(.badPolicy, "the policy has no log line with an address") }
        return targets
    }

    private static func copy(
        _ target: Target, into mirror: LogMirror, _ resources: HTTPResources
    ) async throws -> VerifiedCheckpoint {
        let source = try LogTileSource(url: target.url, resources: resources)
        defer { source.shutdown() }
        let checkpoint = try VerifiedCheckpoint(
            try SignedNote(parsing: await source.checkpoint()), logKey: target.key)
        let local = LocalMirror(mirror) { UInt64(clamping: SystemClock.now.secondsSince1970) }
        _ = try await MirrorUploader(source: source, destination: local).bring(checkpoint)
        return checkpoint
    }
}
