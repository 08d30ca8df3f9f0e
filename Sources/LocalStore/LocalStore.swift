internal import DurableFiles
internal import Glibc
package import StoreFormats

/// How a store is used.
package struct LocalStoreOptions: Sendable {
    /// Whether contents are on the disk before a path becomes valid. False for tests only.
    package var isDurable: Bool
    /// Threads for one scan or verification.
    package var threads: Int
    /// How many seconds another process that writes is waited for.
    package var patience: Double

    package init(isDurable: Bool = true, threads: Int = Processors.count, patience: Double = 30) {
        self.isDurable = isDurable
        self.threads = threads
        self.patience = patience
    }
}

/// A store of built things in a folder, for this process and others at the same time.
///
/// A path is valid or it is not: it becomes valid in one step, after its contents are on the disk, when all that it
/// refers to is valid. What is in the folder without being valid is nothing, and goes with the next garbage collection.
/// No call here blocks a thread of Swift's pool, but for those that say so.
package final class LocalStore: Sendable {
    package let layout: StoreLayout
    package let options: LocalStoreOptions
    let database: any StoreDatabase
    let registrar: Registrar
    let presence: ProcessPresence

    /// Opens the store in a folder, which is made when it does not exist, and removes what processes that are gone have
    /// left unfinished. Blocks.
    /// - Parameter openDatabase: Is given the path of the database.
    package init(
        folder: String, options: LocalStoreOptions,
        openDatabase: (String) throws(LocalStoreError) -> any StoreDatabase
    ) throws(LocalStoreError) {
        let layout = StoreLayout(folder: folder)
        do throws(FileFailure) {
            for folder in [
                layout.folder, layout.indirectRoots, layout.temporaryRoots, layout.staging, layout.trash,
            ] {
                try Directory.make(folder)
            }
            for directory in StoreLayout.directories { try Directory.make(layout.physicalFolder(of: directory)) }
        } catch {
            throw LocalStoreError(.cannotOpen, LocalStoreError(error).message)
        }
        database = try openDatabase(layout.database)
        try ProcessPresence.cleanUp(layout)
        presence = try ProcessPresence(in: layout)
        registrar = try Registrar(layout: layout, database: database, isDurable: options.isDurable)
        self.layout = layout
        self.options = options
    }

    /// The store's folder.
    package var folder: String { layout.folder }

    /// Where a path is, or would be. Paths of the host's store stay there: ask ``location(of:)``.
    package func physicalPath(of path: StorePath) -> String { layout.physicalPath(of: path) }

    /// Where the contents of a path are.
    package func location(of info: PathInfo) -> String {
        info.origin == .host ? info.path.path : physicalPath(of: info.path)
    }

    /// Makes paths valid: all of them or none.
    ///
    /// Trees are moved into place and synced before. Paths that are valid already stay as they are, and their trees are
    /// left where they came from. The caller holds the locks of the paths and has protected them.
    ///
    /// - Returns: Those that were not valid before.
    /// - Throws: `invalidReference`, `cycle`, `full`, `fileSystem`, …; then none of them has become valid.
    @discardableResult
    package func register(_ paths: [NewPath]) async throws(LocalStoreError) -> [StorePath] {
        guard !paths.isEmpty else { return [] }
        return try await registrar.register(paths)
    }

    /// Brings everything that was registered onto the disk, so that no power failure undoes it.
    package func synchronize() async throws(LocalStoreError) {
        guard options.isDurable else { return }
        let database = database
        try await OffThread.run { () throws(LocalStoreError) in try database.synchronize() }
    }

    /// Scans a finished output: hash, size, references. ``OutputScan/run(_:candidates:canonicalising:threads:)``.
    package func scan(
        output path: String, candidates: [StorePath], canonicalising canonicalisation: Canonicalisation? = .standard
    ) async throws(LocalStoreError) -> OutputScan.Result {
        let threads = options.threads
        return try await OffThread.run { () throws(LocalStoreError) in
            try OutputScan.run(path, candidates: candidates, canonicalising: canonicalisation, threads: threads)
        }
    }

    /// The hash of a file's bytes; ``FlatHash``.
    package func flatHash(of path: String, algorithm: HashAlgorithm) async throws(LocalStoreError) -> ContentHash {
        try await OffThread.run { () throws(LocalStoreError) in try FlatHash.of(path, algorithm: algorithm) }
    }

    // MARK: Locks and protection

    /// Waits until this caller alone may make these paths.
    ///
    /// Take all that are needed in one call: who holds some and waits for others may wait for ever.
    package func lock(_ paths: [StorePath]) async throws(LocalStoreError) -> PathLocks {
        try await PathLocks.wait(paths, in: layout.locks)
    }

    /// The same without waiting: nil when somebody else has one of them.
    package func tryLock(_ paths: [StorePath]) throws(LocalStoreError) -> PathLocks? {
        try PathLocks.attempt(paths, in: layout.locks)
    }

    /// Keeps paths, valid or still to be made, and what they refer to from garbage collections of any process, as long
    /// as this store is open.
    package func protect(_ paths: [StorePath]) async throws(LocalStoreError) {
        let new = presence.unprotected(paths)
        guard !new.isEmpty else { return }
        if let lock = try HeldLock.attempt(layout.garbageLock, .shared) {
            defer { withExtendedLifetime(lock) {} }
            return try presence.protect(new)
        }
        let (layout, presence) = (layout, presence)
        try await OffThread.run { () throws(LocalStoreError) in
            let lock = try HeldLock.wait(layout.garbageLock, .shared)
            defer { withExtendedLifetime(lock) {} }
            try presence.protect(new)
        }
    }

    /// Makes a folder of this process for unfinished work, on the store's file system.
    /// - Parameter words: A part of its name, for people.
    package func makeStaging(_ words: String) throws(LocalStoreError) -> StagingFolder {
        try StagingFolder(presence.stagingPath(words), keeping: presence)
    }
}
