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
            policies. What is there is never replaced.

            Example:
              quorate log init /srv/log --origin logs.example/builds
            """)

    @Option(help: ArgumentHelp("The log's name: its address without a scheme.", valueName: "origin"))
    package var origin: String

    @Option(
        help: ArgumentHelp(
            "Where the secret key is, or is to be.", discussion: "Default: FOLDER.key.", valueName: "file"))
    package var key: String?

    @Argument(help: ArgumentHelp("The log's folder.", valueName: "folder"))
    package var folder: String

    package init() {}

    package func run() async throws {
        let terminal = Terminal.standard(color: .auto)
        try await CommandError.translating {
            let root = try Files.absolute(folder)
            let signer = try LogKeyFile.readOrMake(key ?? root + ".key", name: origin, kind: .ed25519)
            _ = try await LogThread.run { try LogDirectory.create(root, signer: signer) }
            terminal.output.data("log \(signer.key.text) https://\(origin)\n")
        }
        try terminal.checkOutput()
    }
}
