internal import Glibc
internal import Synchronization

/// A folder for unfinished work. It is removed with the value, and at the next start when the process was killed.
package final class StagingFolder: Sendable {
    package let path: String
    private let presence: ProcessPresence
    private let isThere = Mutex(true)

    init(_ path: String, keeping presence: ProcessPresence) throws(LocalStoreError) {
        self.path = path
        self.presence = presence
        guard mkdir(path, 0o700) == 0 else { throw .system(path, "cannot be made") }
    }

    deinit { try? removeNow() }

    /// Removes it with all it holds, whatever a build has made there. Blocks.
    package func removeNow() throws(LocalStoreError) {
        try isThere.withLock { isThere throws(LocalStoreError) in
            guard isThere else { return }
            try TreeRemoval.remove(path)
            isThere = false
        }
    }

    /// Removes it with all it holds.
    package func remove() async throws(LocalStoreError) {
        try await OffThread.run { () throws(LocalStoreError) in try self.removeNow() }
    }

    /// Removes all it holds but some folders, which are emptied and stay for the next work: making folders is what a small
    /// build costs most.
    ///
    /// - Parameter kept: Paths below it, each with those above it.
    package func empty(keeping kept: Set<String>) async throws(LocalStoreError) {
        try await OffThread.run { () throws(LocalStoreError) in try TreeRemoval.empty(self.path, keeping: kept) }
    }

    /// Leaves it to whoever looks at a failed build: it stays until the store is opened after this process has ended.
    package func abandon() { isThere.withLock { $0 = false } }
}
