package import ArgumentParser
internal import LocalStore
internal import StoreFormats

/// `quorate store import`: what others exported, into the store.
package struct StoreImportCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Take paths that 'store export', 'nix-store --export' or 'guix archive --export' wrote, or a NAR.",
        discussion: """
            An export names its paths; nobody has signed for them, so that 'quorate verify' has to say what they are
            worth. All of it is taken or nothing. What is a NAR alone gets the path that follows from its contents.
            Which of both it is, is seen from the first bytes.

            Examples:
              nix-store --export $(nix-store -qR ./result) | quorate store import
              quorate store import closure.export
              quorate store import --name source source.nar
            """.flowing)

    @OptionGroup package var storeOptions: StoreOptions

    @Option(help: "For a NAR: the name in its store path.")
    package var name: String?

    @Flag(help: "The paths are those of /gnu/store, Guix's store directory.")
    package var gnu = false

    @Argument(help: "A file; '-' for standard input.", completion: .file())
    package var file = "-"

    package init() {}

    package func validate() throws {
        if let name, !StorePath.isValidName(name) {
            throw ValidationError("--name: '\(name)' has other characters than letters, digits and +-._?=")
        }
    }

    package func run() async throws {
        let terminal = Terminal.standard(color: .auto)
        let input = try PieceReader(file)
        let store = try await storeOptions.open()
        let arrival = Arrival(store: store, directory: gnu ? .gnu : .nix)
        let paths = try await CommandError.translating { try await arrival.take(input, narName: name) }
        try await CommandError.translating { try await store.synchronize() }
        terminal.output.lines(paths.map { "\($0)" })
        try terminal.checkOutput()
    }
}
