package import ArgumentParser

/// `quorate store`: Quorate's own store.
package struct StoreCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "Look after Quorate's own store: what was built, added and imported.",
        discussion: """
            The store lies in a folder of yours and holds paths of /nix/store and /gnu/store; it needs neither Nix nor
            root. See docs/store.md.
            """.flowing,
        subcommands: [
            StoreAddCommand.self, StoreImportCommand.self, StoreExportCommand.self, StoreListCommand.self,
            StoreShowCommand.self, StoreClosureCommand.self, StoreDiskUsageCommand.self, StoreVerifyCommand.self,
            StoreRootCommand.self,
            StoreGarbageCommand.self, StoreDeleteCommand.self, StorePublishCommand.self, StoreServeCommand.self,
        ])

    package init() {}
}
