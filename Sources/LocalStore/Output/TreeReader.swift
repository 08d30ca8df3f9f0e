internal import Glibc
internal import StoreFormats

/// Walks a tree in the order of its NAR, and cuts that into units of work.
///
/// Folders, links and large files are settled here; small files by who reads them. Everything is reached from an open
/// folder and no link is followed. Used by one thread at a time.
final class TreeReader {
    let root: String
    let settler: MetadataSettler?
    private let limits: NarLimits
    private(set) var entryCount = 0
    private var hasStarted = false
    private var folders: [OpenFolder] = []
    private var large: LargeFile?
    /// Files with several names that were seen: their owner is ours from the first sight on.
    private var linkedInodes: Set<UInt64> = []

    private struct OpenFolder {
        let descriptor: Descriptor
        let listing: FolderListing
        var next = 0
        /// The unit that has counted this folder among those it keeps open.
        var countedIn = -1
    }

    private struct LargeFile {
        let file: Descriptor
        let size: UInt64
        var offset: UInt64 = 0
    }

    private var unitNumber = 0

    init(root: String, canonicalisation: Canonicalisation?, limits: NarLimits = .standard) {
        self.root = root
        self.limits = limits
        settler = canonicalisation.map(MetadataSettler.init)
    }

    /// Whether there is no further unit.
    var isAtEnd: Bool { hasStarted && large == nil && folders.isEmpty }

    /// The next unit; nil behind the last.
    func next() throws(LocalStoreError) -> ScanUnit? {
        guard !isAtEnd else { return nil }
        var unit = ScanUnit()
        unitNumber += 1
        if !hasStarted {
            hasStarted = true
            unit.withFraming { $0 += NarFraming.magic }
            let name = Array(root.utf8CString)
            try name.withUnsafeBufferPointer { name throws(LocalStoreError) in
                try node(nil, name, into: &unit)
            }
        }
        while !unit.isFull {
            if large != nil {
                takePiece(&unit)
            } else if folders.isEmpty {
                break
            } else {
                try step(&unit)
            }
        }
        unit.finish()
        return unit
    }

    // MARK: Entries

    /// Takes the next entry of the innermost folder, or ends it.
    private func step(_ unit: inout ScanUnit) throws(LocalStoreError) {
        let top = folders.count - 1
        guard let (name, _) = folders[top].listing.name(at: folders[top].next) else {
            folders.removeLast()
            endNode(&unit)
            return
        }
        folders[top].next += 1
        if folders[top].countedIn != unitNumber {
            folders[top].countedIn = unitNumber
            unit.noteFolder()
        }
        let folder = folders[top].descriptor
        unit.withFraming {
            $0 += NarFraming.entry
            $0.append(narField: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(name).dropLast()))
            $0 += NarFraming.node
        }
        try node(folder, name, into: &unit)
    }

    /// Closes a node, and the entry that it is of.
    private func endNode(_ unit: inout ScanUnit) {
        let isEntry = !folders.isEmpty
        unit.withFraming {
            $0 += NarFraming.close
            if isEntry { $0 += NarFraming.close }
        }
    }

    private func node(
        _ folder: Descriptor?, _ name: UnsafeBufferPointer<CChar>, into unit: inout ScanUnit
    ) throws(LocalStoreError) {
        guard let text = name.baseAddress else { return }
        entryCount += 1
        guard entryCount <= limits.entries else {
            throw LocalStoreError(.limitExceeded, "\(root): more than \(limits.entries) files")
        }
        var status = stat()
        let parent = folder?.number ?? AT_FDCWD
        guard fstatat(parent, text, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            throw failure("cannot be looked at", text)
        }
        try checkOwner(status, text)
        switch status.st_mode & S_IFMT {
        case S_IFREG: try file(folder, name, status, into: &unit)
        case S_IFLNK: try link(parent, text, status, into: &unit)
        case S_IFDIR: try self.folder(parent, text, status, into: &unit)
        default:
            throw LocalStoreError(
                .unsupportedFile,
                "\(place(text)): no file, folder or link; the store does not take devices, sockets and pipes")
        }
    }

    private func file(
        _ folder: Descriptor?, _ name: UnsafeBufferPointer<CChar>, _ status: stat, into unit: inout ScanUnit
    ) throws(LocalStoreError) {
        let size = UInt64(max(0, status.st_size))
        guard size <= limits.bytes else {
            throw LocalStoreError(.limitExceeded, "\(root): a file of more than \(limits.bytes) bytes")
        }
        unit.withFraming {
            $0 += status.st_mode & S_IXUSR != 0 ? NarFraming.executable : NarFraming.file
            $0.append(narLength: size)
        }
        if size >= UInt64(ScanUnit.largeFile), let text = name.baseAddress {
            let file = try SettledFile.open(folder?.number ?? AT_FDCWD, text, status, settler, place: { place(text) })
            large = LargeFile(file: file, size: size)
            return
        }
        unit.append(file: name, in: folder, size: Int(size), status: status)
        unit.withFraming { $0.appendZeros(NarFraming.padding(size)) }
        endNode(&unit)
    }

    private func takePiece(_ unit: inout ScanUnit) {
        guard var file = large else { return }
        let count = min(UInt64(ScanUnit.pieceSize), file.size - file.offset)
        let isLast = file.offset + count == file.size
        unit.append(pieceOf: file.file, offset: file.offset, count: Int(count), isLast: isLast)
        file.offset += count
        guard isLast else {
            large = file
            return
        }
        large = nil
        unit.withFraming { $0.appendZeros(NarFraming.padding(file.size)) }
        endNode(&unit)
    }

    private func link(
        _ parent: Int32, _ name: UnsafePointer<CChar>, _ status: stat, into unit: inout ScanUnit
    ) throws(LocalStoreError) {
        let capacity = NarLimits.maximumTargetLength + 1
        let target = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            let taken = buffer.withMemoryRebound(to: CChar.self) { chars in
                chars.baseAddress.map { readlinkat(parent, name, $0, capacity) } ?? -1
            }
            count = max(0, taken)
        }
        guard !target.isEmpty else { throw failure("cannot be read", name) }
        guard target.count < capacity else {
            throw LocalStoreError(.limitExceeded, "\(place(name)): a link of more than \(capacity - 1) bytes")
        }
        if let settler, !settler.settleLink(parent, name, status) { throw failure("cannot be made canonical", name) }
        unit.withFraming {
            $0 += NarFraming.symbolicLink
            $0.append(narField: target)
        }
        endNode(&unit)
    }

    private func folder(
        _ parent: Int32, _ name: UnsafePointer<CChar>, _ status: stat, into unit: inout ScanUnit
    ) throws(LocalStoreError) {
        guard folders.count < limits.depth else {
            throw LocalStoreError(.limitExceeded, "\(place(name)): folders nested deeper than \(limits.depth)")
        }
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        var number = openat(parent, name, flags)
        if number < 0, errno == EACCES, settler != nil, changePermissions(parent, name, 0o700) {
            number = openat(parent, name, flags)
        }
        guard number >= 0 else { throw failure("cannot be opened", name) }
        let descriptor = Descriptor(owning: number)
        var status = stat()
        guard fstat(number, &status) == 0 else { throw failure("cannot be looked at", name) }
        // Who may not search a folder finds nothing in it, not even its owner.
        if settler != nil, status.st_mode & 0o500 != 0o500, fchmod(number, 0o700) == 0 { fstat(number, &status) }
        guard let listing = FolderListing(of: descriptor) else { throw failure("cannot be listed", name) }
        if let settler, !settler.settle(number, status) { throw failure("cannot be made canonical", name) }
        unit.withFraming { $0 += NarFraming.folder }
        folders.append(OpenFolder(descriptor: descriptor, listing: listing))
    }

    private func checkOwner(_ status: stat, _ name: UnsafePointer<CChar>) throws(LocalStoreError) {
        guard let builder = settler?.canonicalisation.builder else { return }
        let hasOtherNames = status.st_nlink > 1 && status.st_mode & S_IFMT != S_IFDIR
        if status.st_uid == builder {
            if hasOtherNames { linkedInodes.insert(UInt64(status.st_ino)) }
            return
        }
        guard hasOtherNames, linkedInodes.contains(UInt64(status.st_ino)) else {
            throw LocalStoreError(
                .foreignOwner, "\(place(name)): belongs to user \(status.st_uid) and not to the builder, \(builder)")
        }
    }

    // MARK: Messages

    private func failure(_ what: String, _ name: UnsafePointer<CChar>) -> LocalStoreError {
        let code = errno
        if !folders.isEmpty, code == ENOENT || code == ELOOP || code == ENOTDIR {
            return LocalStoreError(.changed, "\(place(name)): was replaced or taken away while it was read")
        }
        return .system(place(name), what, code: code)
    }

    private func place(_ name: UnsafePointer<CChar>) -> String {
        guard !folders.isEmpty else { return root }
        let path = folders.reduce(into: root) { path, folder in
            guard folder.next > 0, let (name, _) = folder.listing.name(at: folder.next - 1) else { return }
            path += "/" + String(decoding: UnsafeRawBufferPointer(name).dropLast(), as: UTF8.self)
        }
        return path
    }
}
