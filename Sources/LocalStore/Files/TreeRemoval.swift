internal import Glibc

/// Removes trees that builds have left: read-only, arbitrarily deep, with any names.
struct TreeRemoval {
    /// From this depth on folders are moved up before they are emptied, so that few are open at a time.
    private static let maximumDepth = 100

    private let top: Descriptor
    private let path: String
    private var deepNames: [[CChar]] = []
    private var deepCount = 0

    /// Removes what is at `path`, whose folder nobody else changes; nothing there is fine. Follows no link.
    static func remove(_ path: String) throws(LocalStoreError) {
        guard let slash = path.lastIndex(of: "/") else { return }
        let folder = String(path[..<slash])
        let name = String(path[path.index(after: slash)...])
        var removal = TreeRemoval(top: try .folder(folder), path: path)
        try removal.entry(removal.top.number, Array(name.utf8CString), depth: 0)
        while let deep = removal.deepNames.popLast() { try removal.entry(removal.top.number, deep, depth: 0) }
    }

    /// Removes what a folder holds, but the folders named in `kept`: those are emptied in the same way, and stay.
    ///
    /// - Parameter kept: Paths below the folder, each with those above it.
    static func empty(_ path: String, keeping kept: Set<String>, below: String = "") throws(LocalStoreError) {
        for name in try names(in: try .folder(path), path) {
            let text = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if kept.contains(below + text) {
                try empty("\(path)/\(text)", keeping: kept, below: "\(below)\(text)/")
            } else {
                try entry(named: name, in: path)
            }
        }
    }

    private static func entry(named name: [CChar], in folder: String) throws(LocalStoreError) {
        var removal = TreeRemoval(top: try .folder(folder), path: folder)
        try removal.entry(removal.top.number, name, depth: 0)
        while let deep = removal.deepNames.popLast() { try removal.entry(removal.top.number, deep, depth: 0) }
    }

    private init(top: Descriptor, path: String) {
        self.top = top
        self.path = path
    }

    private mutating func entry(_ parent: Int32, _ name: [CChar], depth: Int) throws(LocalStoreError) {
        if unlinkat(parent, name, 0) == 0 || errno == ENOENT { return }
        // Linux says EISDIR for a folder; a file that may not be unlinked gives another error below.
        guard errno == EISDIR || errno == EPERM || errno == EACCES else { throw .system(path, "cannot be removed") }
        let folder = try open(parent, name)
        if depth >= Self.maximumDepth {
            deepCount += 1
            let moved = Array("\(getpid())-deep-\(deepCount)".utf8CString)
            guard renameat(parent, name, top.number, moved) == 0 else { throw .system(path, "cannot be removed") }
            deepNames.append(moved)
            return
        }
        for child in try Self.names(in: folder, path) { try entry(folder.number, child, depth: depth + 1) }
        guard unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT else {
            throw .system(path, "cannot be removed")
        }
    }

    /// Opens a folder, after it was made one that its owner may change.
    private func open(_ parent: Int32, _ name: [CChar]) throws(LocalStoreError) -> Descriptor {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        var number = openat(parent, name, flags)
        if number < 0, errno == EACCES, changePermissions(parent, name, 0o700) { number = openat(parent, name, flags) }
        guard number >= 0 else { throw .system(path, "cannot be removed") }
        let folder = Descriptor(owning: number)
        var status = stat()
        guard fstat(number, &status) == 0 else { throw .system(path, "cannot be removed") }
        if status.st_mode & 0o700 != 0o700 { fchmod(number, 0o700) }
        return folder
    }

    /// The names in an open folder, each with its zero byte.
    private static func names(in folder: Descriptor, _ path: String) throws(LocalStoreError) -> [[CChar]] {
        let number = fcntl(folder.number, F_DUPFD_CLOEXEC, 0)
        guard number >= 0, let stream = fdopendir(number) else {
            if number >= 0 { close(number) }
            throw .system(path, "cannot be listed")
        }
        defer { closedir(stream) }
        var names: [[CChar]] = []
        while let record = readdir(stream) {
            guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { break }
            let name = (UnsafeRawPointer(record) + offset).assumingMemoryBound(to: CChar.self)
            let length = strlen(name)
            if length <= 2, name[0] == 46, length == 1 || name[1] == 46 { continue }
            names.append(Array(UnsafeBufferPointer(start: name, count: length + 1)))
        }
        return names
    }
}
