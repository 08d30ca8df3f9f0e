internal import LocalStore
internal import LocalStoreSQLite
internal import StoreFormats

/// The stores of this machine that know what was built on it.
enum BuildWitnesses {
    /// Those that are there, and in one line each why one that is there cannot be asked.
    ///
    /// - Parameters:
    ///   - store: The folder of Quorate's store, which is not made when it is missing.
    ///   - environment: `NIX_REMOTE` names another store of Nix's, as for nix itself.
    ///   - directories: What is going to be asked about: opening a store costs some milliseconds.
    static func find(
        store folder: String, environment: [String: String], for directories: [StoreDirectory] = [.nix, .gnu]
    ) async throws(CommandError) -> (witnesses: [any BuildWitness], notes: [String]) {
        var witnesses: [any BuildWitness] = []
        var notes: [String] = []
        // A folder, or words such as 'daemon', by which nix reaches the store of this machine.
        let root = environment["NIX_REMOTE"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? ""
        do throws(LocalStoreError) {
            if directories.contains(.nix), let nix = try HostDatabase.nix(root: root) {
                witnesses.append(NixWitness(database: nix))
            }
        } catch {
            if ProgramOutput.exists("nix") {
                witnesses.append(NixProgramWitness { await ProgramOutput.of(["nix"] + $0) })
            } else {
                notes.append("\(error); what it holds is not attested")
            }
        }
        do throws(LocalStoreError) {
            if directories.contains(.gnu), let guix = try HostDatabase.guix() {
                witnesses.append(GuixWitness(database: guix))
            }
        } catch {
            notes.append("\(error); what it holds is not attested")
        }
        if Files.exists(folder + "/db.sqlite") {
            let store: LocalStore
            do {
                store = try await LocalStore.open(folder: folder)
            } catch {
                throw CommandError(trouble: error)
            }
            for directory in directories {
                witnesses.append(StoreWitness(directory: directory, store: store))
            }
        }
        return (witnesses, notes)
    }
}
