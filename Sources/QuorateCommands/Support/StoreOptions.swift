package import ArgumentParser
package import LocalStore
internal import LocalStoreSQLite

/// Which of Quorate's stores.
package struct StoreOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The folder of Quorate's store.", discussion: "Default: quorate/store in the data folder.",
            valueName: "folder"), completion: .directory)
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
    /// - Parameter toLook: Whether what is there is wanted: then a store that was named has to be there, so that a name
    ///   with a slip in it is no empty store.
    package func open(toLook: Bool = false) async throws(CommandError) -> LocalStore {
        let folder = try folder()
        guard !toLook || store == nil || Files.exists(StoreLayout(folder: folder).database) else {
            throw CommandError(.noInput, "\(folder): there is no store of Quorate; look at what --store names")
        }
        do {
            return try await LocalStore.open(folder: folder)
        } catch {
            throw CommandError(trouble: error)
        }
    }
}
