internal import Glibc

/// Walks a tree and writes its NAR: the work of ``NarDumper``.
///
/// Files are opened relative to their directories, so a directory that is renamed meanwhile leads nowhere else, and each
/// costs four system calls. Names live in one array for the whole walk.
final class NarTreeWalk {
    private let root: String
    private let limits: NarLimits
    private let output: NarOutput
    private var entryCount = 0

    /// The names of all open directories' entries, each with a zero byte behind it.
    private var names: [UInt8] = []
    private var entries: [Entry] = []
    /// The entries that lead to the current one, for messages.
    private var trail: [Entry] = []
    private let target: UnsafeMutablePointer<CChar>
    private let targetCapacity = NarLimits.maximumTargetLength + 1

    private struct Entry {
        var offset: Int
        var length: Int
        var type: UInt8
    }

    init(root: String, limits: NarLimits, output: NarOutput) {
        self.root = root
        self.limits = limits
        self.output = output
        target = .allocate(capacity: NarLimits.maximumTargetLength + 1)
    }

    deinit {
        target.deallocate()
    }

    func run(_ sink: NarOutput.Sink) throws -> UInt64 {
        output.append(NarOutput.Frame.magic)
        try root.withCString { try node(AT_FDCWD, $0, type: UInt8(DT_UNKNOWN), sink) }
        try output.flush(sink)
        return output.handedOn
    }

    // MARK: Entries

    private func node(_ parent: Int32, _ name: UnsafePointer<CChar>, type: UInt8, _ sink: NarOutput.Sink) throws {
        entryCount += 1
        guard entryCount <= limits.entries else {
            throw StoreFormatError(.limitExceeded, "tree of more than \(limits.entries) entries", at: .path(root))
        }
        try output.reserve(sink)
        switch Int(type) {
        case Int(DT_REG): try file(parent, name, sink)
        case Int(DT_DIR): try directory(parent, name, sink)
        case Int(DT_LNK): try symbolicLink(parent, name)
        case Int(DT_UNKNOWN):
            // The root, and entries of file systems that do not tell types in listings.
            var status = stat()
            guard fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { throw failure("look at it") }
            switch status.st_mode & S_IFMT {
            case S_IFREG: try file(parent, name, sink)
            case S_IFDIR: try directory(parent, name, sink)
            case S_IFLNK: try symbolicLink(parent, name)
            default: throw unsupported()
            }
        default: throw unsupported()
        }
        output.append(NarOutput.Frame.close)
        try check(adding: 0)
    }

    private func file(_ parent: Int32, _ name: UnsafePointer<CChar>, _ sink: NarOutput.Sink) throws {
        // O_NONBLOCK: should a pipe have taken the file's place, opening it must not wait.
        let number = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard number >= 0 else { throw failure("open it") }
        let file = Descriptor(owning: number)
        var status = stat()
        guard fstat(file.number, &status) == 0 else { throw failure("look at it") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw changed("is no file any more") }
        output.append(status.st_mode & S_IXUSR != 0 ? NarOutput.Frame.executable : NarOutput.Frame.file)
        let size = UInt64(status.st_size)
        try check(adding: size)
        output.append(number: size)
        try contents(file, size: size, sink)
        try output.reserve(sink)
        output.pad(size)
    }

    private func contents(_ file: borrowing Descriptor, size: UInt64, _ sink: NarOutput.Sink) throws {
        if size >= ReadAhead.threshold, let reader = ReadAhead(descriptor: file.number) {
            defer { reader.finish() }
            return try contents(reader, size: size, sink)
        }
        var left = size
        while true {
            if output.room.isEmpty { try output.flush(sink) }
            let room = output.room
            // One byte more than must come: it tells a file that grew from one that did not, without another call.
            let wanted = left < UInt64(room.count) ? Int(left) + 1 : room.count
            let count = read(file.number, room.baseAddress, wanted)
            guard count >= 0 else {
                if errno == EINTR { continue }
                throw failure("read it")
            }
            guard UInt64(count) <= left else { throw changed("grew") }
            guard count > 0 || left == 0 else { throw changed("shrank") }
            output.advance(count)
            left -= UInt64(count)
            // Files give all there is: an answer shorter than the question is the end.
            if left == 0, count < wanted { return }
        }
    }

    private func contents(_ reader: ReadAhead, size: UInt64, _ sink: NarOutput.Sink) throws {
        try output.flush(sink)
        var left = size
        var isAtEnd = false
        while !isAtEnd {
            let code = try reader.take { piece in
                guard UInt64(piece.count) <= left else { throw changed("grew") }
                guard !piece.isEmpty || left == 0 else { throw changed("shrank") }
                left -= UInt64(piece.count)
                isAtEnd = piece.isEmpty
                if !isAtEnd { try output.pass(piece, sink) }
            }
            guard code == 0 else {
                errno = code
                throw failure("read it")
            }
        }
    }

    private func symbolicLink(_ parent: Int32, _ name: UnsafePointer<CChar>) throws {
        let count = readlinkat(parent, name, target, targetCapacity)
        guard count >= 0 else { throw failure("read the link") }
        guard count > 0, count <= NarLimits.maximumTargetLength else {
            throw StoreFormatError(
                .limitExceeded, "link whose target is longer than \(NarLimits.maximumTargetLength) bytes", at: place())
        }
        output.append(NarOutput.Frame.symlink)
        output.append(field: UnsafeRawBufferPointer(start: target, count: count))
    }

    private func directory(_ parent: Int32, _ name: UnsafePointer<CChar>, _ sink: NarOutput.Sink) throws {
        guard trail.count < limits.depth else {
            throw StoreFormatError(.limitExceeded, "directories nested deeper than \(limits.depth)", at: place())
        }
        let number = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_DIRECTORY)
        guard number >= 0 else { throw failure("open it") }
        guard let directory = fdopendir(number) else {
            close(number)
            throw failure("list it")
        }
        defer { closedir(directory) }
        output.append(NarOutput.Frame.directory)
        let firstName = names.count
        let firstEntry = entries.count
        try list(directory)
        sort(from: firstEntry)
        // By index: the arrays grow and shrink again while a subdirectory is written.
        for index in firstEntry..<entries.count {
            let entry = entries[index]
            trail.append(entry)
            try output.reserve(sink)
            output.append(NarOutput.Frame.entry)
            // A copy of the name, because the array may move meanwhile.
            try withUnsafeTemporaryAllocation(of: CChar.self, capacity: entry.length + 1) { copy in
                names.withUnsafeBytes { all in
                    output.append(
                        field: UnsafeRawBufferPointer(rebasing: all[entry.offset..<entry.offset + entry.length]))
                    UnsafeMutableRawBufferPointer(copy).copyMemory(
                        from: UnsafeRawBufferPointer(rebasing: all[entry.offset...entry.offset + entry.length]))
                }
                output.append(NarOutput.Frame.node)
                guard let name = UnsafePointer(copy.baseAddress) else { return }
                try node(number, name, type: entry.type, sink)
            }
            output.append(NarOutput.Frame.close)
            trail.removeLast()
        }
        names.removeSubrange(firstName...)
        entries.removeSubrange(firstEntry...)
        try output.reserve(sink)
    }

    // MARK: Listing

    private func list(_ directory: OpaquePointer) throws(StoreFormatError) {
        while true {
            // The end and an error look alike but for errno.
            errno = 0
            guard let record = readdir(directory) else {
                guard errno == 0 else { throw failure("list it") }
                return
            }
            // The name's declared size is not its real one, so it is reached by address and not by value.
            guard let nameOffset = MemoryLayout<dirent>.offset(of: \.d_name) else { return }
            let name = UnsafeRawPointer(record) + nameOffset
            let length = strlen(name.assumingMemoryBound(to: CChar.self))
            let bytes = UnsafeRawBufferPointer(start: name, count: length)
            if length <= 2, bytes.allSatisfy({ $0 == UInt8(ascii: ".") }) { continue }
            entries.append(Entry(offset: names.count, length: length, type: record.pointee.d_type))
            names.append(contentsOf: bytes)
            names.append(0)
        }
    }

    /// Sorts the last entries by the bytes of their names.
    private func sort(from first: Int) {
        names.withUnsafeBytes { all in
            guard let base = all.baseAddress else { return }
            entries[first...].sort { left, right in
                let order = memcmp(base + left.offset, base + right.offset, min(left.length, right.length))
                return order != 0 ? order < 0 : left.length < right.length
            }
        }
    }

    // MARK: Limits and messages

    /// Stops before bytes are read that make the NAR too large.
    private func check(adding size: UInt64) throws(StoreFormatError) {
        guard output.total <= limits.bytes, size <= limits.bytes - output.total else {
            throw StoreFormatError(.limitExceeded, "NAR larger than \(limits.bytes) bytes", at: .path(root))
        }
    }

    private func failure(_ action: String) -> StoreFormatError {
        let code = errno
        // What was listed and is gone, or became a link or something else, changed under our hands.
        if !trail.isEmpty, code == ENOENT || code == ELOOP || code == ENOTDIR || code == ENXIO || code == EINVAL {
            return changed("was replaced or taken away")
        }
        return .system(action, code, path: path())
    }

    private func changed(_ what: String) -> StoreFormatError {
        StoreFormatError(.changedWhileReading, "it \(what) while it was read", at: place())
    }

    private func unsupported() -> StoreFormatError {
        StoreFormatError(.unsupported, "no file, link or directory: a NAR cannot hold it", at: place())
    }

    private func place() -> StoreFormatError.Place { .path(path()) }

    private func path() -> String {
        trail.reduce(into: root) { path, entry in
            path += "/" + String(decoding: names[entry.offset..<entry.offset + entry.length], as: UTF8.self)
        }
    }
}
