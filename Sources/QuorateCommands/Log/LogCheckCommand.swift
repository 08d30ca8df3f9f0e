package import ArgumentParser
internal import TransparencyLog
internal import Verification

/// `quorate log fsck`: checks every file of a log.
package struct LogCheckCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "fsck",
        abstract: "Check every tile, entry and signature of a log on this machine.",
        discussion: """
            Reads only. Exit status: 0 the log is sound, 1 something is damaged.

            Examples:
              quorate log fsck
              quorate log fsck --log /srv/log --vkey 'logs.example/builds+1f0c9a7e+AdLk…'
            """.flowing)

    @OptionGroup package var output: OutputOptions
    @OptionGroup package var log: LogFolderOptions

    @Option(help: ArgumentHelp("The log's public key, where the secret one is not at hand.", valueName: "key"))
    package var vkey: String?

    @Flag(help: "Leave out the index and the lists beside the entries.")
    package var quick = false

    package init() {}

    private struct Document: Encodable {
        let version = 1
        let log: String
        let sound: Bool
        let publishedSize: UInt64
        let signedSize: UInt64
        let durableSize: UInt64
        let tiles: UInt64
        let bundles: UInt64
        let partials: UInt64
        let findings: [Finding]

        struct Finding: Encodable {
            let severity: String
            let path: String
            let message: String
        }
    }

    package func run() async throws {
        let terminal = output.terminal
        let isSound = try await CommandError.translating { () async throws -> Bool in
            let places = try Workplace().places
            let directory = try log.directory(places)
            let key = try vkey.map { try NoteKey($0) } ?? log.signer(places).key
            guard Files.exists(directory.root) else {
                throw CommandError(.noInput, "\(directory.root): there is no log")
            }
            var options = LogCheck.Options()
            (options.index, options.lists) = (!quick, !quick)
            let report = try await LogThread.run { [options] in try directory.check(key: key, options: options) }
            if output.json {
                let findings = report.findings.map {
                    Document.Finding(severity: "\($0.severity)", path: $0.path, message: $0.message)
                }
                terminal.output.data(
                    try VerdictReport.encode(
                        Document(
                            log: key.name, sound: report.isSound, publishedSize: report.publishedSize,
                            signedSize: report.signedSize, durableSize: report.durableSize, tiles: report.tiles,
                            bundles: report.bundles, partials: report.partials, findings: findings)))
                return report.isSound
            }
            for finding in report.findings {
                let word: StyledText = finding.severity == .damage ? "\("damage", .red)" : "\("leftover", .yellow)"
                terminal.output.line("\(word)  \(finding.path): \(finding.message)")
            }
            terminal.output.line(
                "\(key.name): \(report.publishedSize.counted("entry", "entries")) published, "
                    + "\(report.durableSize.grouped) on the disk; "
                    + "\(report.tiles.counted("tile")), \(report.bundles.counted("bundle")): "
                    + (report.isSound ? "sound" : "damaged"))
            return report.isSound
        }
        try terminal.checkOutput()
        if !isSound { throw ExitCode(ExitStatus.short.rawValue) }
    }
}
