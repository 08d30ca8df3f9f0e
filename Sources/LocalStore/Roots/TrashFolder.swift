internal import DurableFiles
internal import Glibc

/// Where trees are moved in one step before they are removed in many.
enum TrashFolder {
    /// Moves a tree out of sight; nothing there is fine.
    static func move(_ path: String, _ layout: StoreLayout) throws(LocalStoreError) {
        guard FileStatus(path: path) != nil else { return }
        let name = String(UInt64.random(in: .min ... .max), radix: 36)
        try Placement.move(path, to: "\(layout.trash)/\(getpid())-\(name)")
    }

    /// Removes everything in it. Several may do so at a time.
    static func empty(_ layout: StoreLayout) throws(LocalStoreError) {
        let names: [String]
        do throws(FileFailure) {
            names = try Directory.names(in: layout.trash)
        } catch {
            throw LocalStoreError(error)
        }
        guard !names.isEmpty, let lock = try HeldLock.attempt(layout.trash + ".lock", .exclusive) else { return }
        defer { withExtendedLifetime(lock) {} }
        for name in names { try TreeRemoval.remove("\(layout.trash)/\(name)") }
    }
}
