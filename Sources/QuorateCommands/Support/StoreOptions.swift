package import ArgumentParser
package import LocalStore
internal import LocalStoreSQLite

/// Which of Quorate's stores.
package struct StoreOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The folder of Quorate's store.", discussion: "Default: quorate/store in the data folder.",
            valueName: "folder"))
    package var store: String?

    package init() {}

    package func validate() throws {
        if let store, store.isEmpty { throw ValidationError("--store: give a folder") }
    }

    /// The folder, absolute.
    package func folder() throws(CommandError) -> String {
        guard let store else { return try Places(environment: Places.environment).store }
        return try Files.absolute(store)
    }

    /// Opens the store, making it where it is new.
    package func open() async throws(CommandError) -> LocalStore {
        let folder = try folder()
        do {
            return try await LocalStore.open(folder: folder)
        } catch {
            throw CommandError(trouble: error)
        }
    }
}
