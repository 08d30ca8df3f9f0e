internal import LocalStore
internal import LocalStoreSQLite

/// The stores that package managers keep on this machine: read, never written.
enum HostStores {
    /// Those that are there, and in one line each why one that is there cannot be read.
    static func find() -> (stores: [any ForeignStore], notes: [String]) {
        var stores: [any ForeignStore] = []
        var notes: [String] = []
        let all: [() throws -> HostDatabase?] = [{ try HostDatabase.nix() }, { try HostDatabase.guix() }]
        for open in all {
            do {
                if let store = try open() { stores.append(store) }
            } catch {
                notes.append("\(error); what it holds is not used")
            }
        }
        return (stores, notes)
    }
}
