package import ArgumentParser
internal import Building
internal import Compression
internal import LocalStore
internal import StoreFormats

/// `quorate log show`.
package struct LogShowCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print the log of the last build of a derivation or store path on this machine.",
        discussion: """
            Examples:
              quorate log show /nix/store/HASH-hello-2.12.drv
              quorate log show ./result
            """.flowing)

    @OptionGroup package var storeOptions: StoreOptions

    @Argument(help: "A .drv path, or a store path that was built here.", completion: .file())
    package var path: String

    package init() {}

    package func run() async throws {
        let terminal = Terminal.standard(color: .auto)
        try await CommandError.translating {
            let logs = BuildLogStore(folder: try storeOptions.folder() + "/log")
            let derivation = try await derivation(of: try named())
            let hasText = try await Blocking.run {
                var hasText = false
                try logs.read(derivation) { bytes in
                    hasText = hasText || !bytes.isEmpty
                    terminal.output.data(Array(bytes))
                }
                return hasText
            }
            if !hasText { terminal.errors.line("The build wrote nothing: the log is empty.") }
        }
        try terminal.checkOutput()
    }

    /// The store path meant: a link may lead to one below the store's own folder.
    private func named() throws(CommandError) -> StorePath {
        try StorePathArguments.parse(path, "", in: try storeOptions.folder())
    }

    private func derivation(of path: StorePath) async throws -> StorePath {
        guard !path.isDerivation else { return path }
        let store = try await storeOptions.open(toLook: true)
        if let deriver = try await store.info(of: path)?.deriver { return deriver }
        for host in HostStores.find().stores where host.directory == path.directory {
            if let deriver = try await host.info(of: path)?.deriver { return deriver }
        }
        throw CommandError(.noInput, "'\(path)': which derivation made it is not known; name the .drv")
    }
}
