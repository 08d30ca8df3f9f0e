internal import DurableFiles
internal import Glibc

/// Writes tiles and bundles, which never change once they have their name.
///
/// Each is written under another name, synced, and then linked, so that a name always leads to all of its bytes. A
/// link never takes another file's place: what is there already must be the same, byte for byte. Used by one thread.
struct TileWriter {
    let log: LogDirectory
    // Folders that are known to be there and durable; bounded, since only the right edge is written to.
    private var folders: Set<String> = []
    private var serial = 0

    init(_ log: LogDirectory) {
        self.log = log
    }

    /// Removes what a crash left half written.
    func clean() throws(TransparencyLogError) {
        try filing { () throws(FileFailure) in
            for name in try Directory.names(in: log.newFolder) { unlink("\(log.newFolder)/\(name)") }
        }
    }

    /// Files that are open at once.
    private static let groupCount = 64
    /// Files that are synced at once.
    private static let laneCount = 6

    /// Writes files and returns when all of them are durable.
    mutating func write(_ files: [(path: TilePath, bytes: [UInt8])]) throws(TransparencyLogError) {
        var rest = files[...]
        while !rest.isEmpty {
            try write(group: rest.prefix(Self.groupCount))
            rest = rest.dropFirst(Self.groupCount)
        }
    }

    private mutating func write(
        group files: ArraySlice<(path: TilePath, bytes: [UInt8])>
    ) throws(TransparencyLogError) {
        var changed: Set<String> = []
        var pending: [(temporary: String, final: String, bytes: [UInt8], descriptor: Int32)] = []
        defer {
            // Whatever went wrong, nothing half written stays.
            for file in pending {
                close(file.descriptor)
                unlink(file.temporary)
            }
        }
        for (path, bytes) in files {
            let final = log.file(of: path)
            let folder = String(final[..<(final.lastIndex(of: "/") ?? final.endIndex)])
            try makeFolder(folder)
            changed.insert(folder)
            if try isThere(final, bytes) { continue }
            serial += 1
            let temporary = "\(log.newFolder)/\(serial)"
            let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o444)
            guard descriptor >= 0 else { throw TransparencyLogError(FileFailure(temporary, "cannot be written")) }
            pending.append((temporary, final, bytes, descriptor))
            try writeAll(descriptor, bytes, temporary)
        }
        if let failed = Self.sync(pending.map(\.descriptor)) {
            throw TransparencyLogError(
                FileFailure(pending[failed.position].temporary, "cannot be synced", code: failed.code))
        }
        for file in pending where link(file.temporary, file.final) != 0 {
            let code = errno
            guard code == EEXIST, try isThere(file.final, file.bytes) else {
                throw TransparencyLogError(FileFailure(file.final, "cannot be put in place", code: code))
            }
        }
        for folder in changed { try sync(folder) }
    }

    /// Syncs files, several at a time: a disk takes far more syncs at once than one after the other. The first that
    /// failed, with the system's error number.
    private static func sync(_ descriptors: [Int32]) -> (position: Int, code: Int32)? {
        struct Lanes {
            var next = 0
            var running: Int
            var failed: (position: Int, code: Int32)?
        }
        let lanes = Monitor(Lanes(running: min(laneCount, descriptors.count)))
        @Sendable func work() {
            while true {
                let position = lanes.with { lanes in
                    defer { lanes.next += 1 }
                    return lanes.next
                }
                guard position < descriptors.count else { break }
                guard fsync(descriptors[position]) != 0 else { continue }
                let code = errno
                lanes.with { lanes in lanes.failed = lanes.failed ?? (position, code) }
            }
            lanes.signal { $0.running -= 1 }
        }
        guard !descriptors.isEmpty else { return nil }
        for _ in 1..<lanes.with({ max(1, $0.running) }) { LogThread.start(work) }
        work()
        return lanes.wait { lanes in lanes.running == 0 ? .some(lanes.failed) : nil }
    }

    /// Whether the file is there with these bytes; `.damage` when it is there with others.
    private func isThere(_ path: String, _ bytes: [UInt8]) throws(TransparencyLogError) -> Bool {
        guard FileStatus(path: path) != nil else { return false }
        let there = try filing { () throws(FileFailure) in
            try WholeFile.read(path, limit: EntryBundle.maximumByteCount)
        }
        guard there == bytes else {
            throw TransparencyLogError(
                .damage, "\(path): there is a file with other bytes; `log fsck` tells more, nothing was overwritten")
        }
        return true
    }

    private mutating func makeFolder(_ folder: String) throws(TransparencyLogError) {
        guard folder.count > log.root.count, !folders.contains(folder) else { return }
        let parent = String(folder[..<(folder.lastIndex(of: "/") ?? folder.endIndex)])
        try makeFolder(parent)
        // A folder may be there without being durable, after a crash: its parent is synced all the same, once.
        try LogDirectory.makePublic(folder)
        try sync(parent)
        if folders.count > 4096 { folders = [] }
        folders.insert(folder)
    }

    private func sync(_ folder: String) throws(TransparencyLogError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw TransparencyLogError(FileFailure(folder, "cannot be synced")) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw TransparencyLogError(FileFailure(folder, "cannot be synced")) }
    }
}

/// Writes everything, however many calls that takes.
func writeAll(_ descriptor: Int32, _ bytes: [UInt8], _ path: String) throws(TransparencyLogError) {
    var done = 0
    while done < bytes.count {
        let count = bytes.withUnsafeBytes { raw in
            write(descriptor, raw.baseAddress?.advanced(by: done), raw.count - done)
        }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { throw TransparencyLogError(FileFailure(path, "cannot be written")) }
        done += count
    }
}
