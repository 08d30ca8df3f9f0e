internal import DurableFiles
internal import Glibc
internal import StoreFormats
internal import Synchronization

/// What a living process has in a store: the paths it needs, and a folder for what is not finished.
///
/// Both carry its name. A lock on the first says that it lives, so that another can tell what a dead one has left.
final class ProcessPresence: Sendable {
    private let layout: StoreLayout
    private let lock: HeldLock
    private let name: String
    private let state = Mutex(State())

    private struct State {
        var protected: Set<StorePath> = []
        var stagingCount = 0
    }

    init(in layout: StoreLayout) throws(LocalStoreError) {
        self.layout = layout
        while true {
            let name = "\(getpid())-\(String(UInt64.random(in: .min ... .max), radix: 36))"
            // Somebody who cleans up may hold a file that was made this moment; then another is made.
            guard let lock = try HeldLock.attempt("\(layout.temporaryRoots)/\(name)", .exclusive) else { continue }
            self.name = name
            self.lock = lock
            break
        }
        let folder = "\(layout.staging)/\(name)"
        guard mkdir(folder, 0o700) == 0 else { throw .system(folder, "cannot be made") }
    }

    deinit {
        try? TreeRemoval.remove("\(layout.staging)/\(name)")
        lock.remove()
    }

    /// A new name in this process's folder.
    func stagingPath(_ words: String) -> String {
        let number = state.withLock { state in
            state.stagingCount += 1
            return state.stagingCount
        }
        return "\(layout.staging)/\(name)/\(number)-\(words)"
    }

    /// Those of the paths that are not protected yet.
    func unprotected(_ paths: [StorePath]) -> [StorePath] {
        state.withLock { state in paths.filter { !state.protected.contains($0) } }
    }

    /// Adds paths to what this process needs. The caller holds the garbage lock with others.
    func protect(_ paths: [StorePath]) throws(LocalStoreError) {
        let lines = [UInt8](paths.map { $0.path + "\n" }.joined().utf8)
        try state.withLock { state throws(LocalStoreError) in
            let written = lines.withUnsafeBytes { bytes in
                lseek(lock.descriptor, 0, SEEK_END) >= 0 ? write(lock.descriptor, bytes.baseAddress, bytes.count) : -1
            }
            guard written == lines.count else { throw .system(lock.path, "cannot be written") }
            state.protected.formUnion(paths)
        }
    }

    // MARK: All processes

    /// What living processes need. The caller holds the garbage lock alone, so that nobody adds to it.
    static func protectedPaths(in layout: StoreLayout) throws(LocalStoreError) -> Set<StorePath> {
        var paths: Set<StorePath> = []
        for name in try names(in: layout.temporaryRoots) {
            let file = "\(layout.temporaryRoots)/\(name)"
            guard FileStatus(path: file) != nil else { continue }
            // Of a dead process nothing is needed any more.
            if let lock = try HeldLock.attempt(file, .exclusive) {
                lock.remove()
                continue
            }
            let bytes: [UInt8]
            do throws(FileFailure) {
                bytes = try WholeFile.read(file, limit: 1 << 30)
            } catch {
                if error.isAbsence { continue }
                throw LocalStoreError(error)
            }
            for line in bytes.split(separator: UInt8(ascii: "\n")) {
                if let path = StorePath(anywhere: String(decoding: line, as: UTF8.self)) { paths.insert(path) }
            }
        }
        return paths
    }

    /// Removes what dead processes have left unfinished.
    static func cleanUp(_ layout: StoreLayout) throws(LocalStoreError) {
        // Folders first: a process makes its file before its folder.
        for name in try names(in: layout.staging) {
            let file = "\(layout.temporaryRoots)/\(name)"
            if FileStatus(path: file) != nil {
                guard let lock = try HeldLock.attempt(file, .exclusive) else { continue }
                lock.remove()
            }
            try TreeRemoval.remove("\(layout.staging)/\(name)")
        }
        for name in try names(in: layout.temporaryRoots) {
            let file = "\(layout.temporaryRoots)/\(name)"
            guard FileStatus(path: file) != nil else { continue }
            if let lock = try HeldLock.attempt(file, .exclusive) { lock.remove() }
        }
        try TrashFolder.empty(layout)
    }

    private static func names(in folder: String) throws(LocalStoreError) -> [String] {
        do throws(FileFailure) {
            return try Directory.names(in: folder)
        } catch {
            throw LocalStoreError(error)
        }
    }
}

extension StorePath {
    /// A path of any store directory, in its full spelling; nil when it is none.
    init?(anywhere text: String) {
        guard let slash = text.lastIndex(of: "/") else { return nil }
        do throws(StoreFormatError) {
            let directory: StoreDirectory
            switch text[..<slash] {
            case "/nix/store": directory = .nix
            case "/gnu/store": directory = .gnu
            default: directory = try StoreDirectory(String(text[..<slash]))
            }
            try self.init(baseName: String(text[text.index(after: slash)...]), in: directory)
        } catch {
            return nil
        }
    }
}
