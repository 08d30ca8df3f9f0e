package import ArgumentParser
internal import TransparencyLog

/// `quorate log init`: a new log that is not a builder's own.
package struct LogInitCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make an empty transparency log and its key.",
        discussion: """
            For a log that several builders share; 'quorate builder init' makes a builder's own. The origin is the
            address at which the log will be read, without https://: it is the log's name for ever. Prints the line for
            policies, again where the log is there already. What is there is never replaced.

            Example:
              quorate log init /srv/log --origin logs.example/builds
            """.flowing)

    @Option(help: ArgumentHelp("The log's name: its address without a scheme.", valueName: "origin"))
    package var origin: String

    @Option(
        help: ArgumentHelp(
            "Where the secret key is, or is to be.", discussion: "Default: FOLDER.key.", valueName: "file"),
        completion: .file())
    package var key: String?

    @Argument(help: ArgumentHelp("The log's folder.", valueName: "folder"), completion: .directory)
    package var folder: String

    package init() {}

    package func run() async throws {
        let terminal = Terminal.standard(color: .auto)
        try await CommandError.translating {
            let root = try Files.absolute(folder)
            let signer = try await Self.found(root, origin: origin, keyFile: key ?? root + ".key")
            terminal.output.data("log \(signer.key.text) https://\(origin)\n")
        }
        try terminal.checkOutput()
    }

    /// The signer of a log that is there, or is made.
    private static func found(_ root: String, origin: String, keyFile: String) async throws -> NoteSigner {
        let log = LogDirectory(root)
        guard try log.checkpointNote() == nil else {
            let signer = try LogKeyFile.read(keyFile, kind: .ed25519)
            guard signer.key.name == origin else {
                throw CommandError(.badData, "\(root): the log '\(signer.key.name)' is there already")
            }
            // A key of that name which is not the log's would give a line under which nothing verifies.
            _ = try log.head(key: signer.key)
            return signer
        }
        try ServiceName.check(origin, "--origin")
        let signer = try LogKeyFile.readOrMake(keyFile, name: origin, kind: .ed25519)
        _ = try await LogThread.run { try LogDirectory.create(root, signer: signer) }
        return signer
    }
}
