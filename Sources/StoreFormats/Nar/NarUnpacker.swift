internal import Glibc

/// Makes files, links and directories out of a NAR, below one new root and nowhere else.
///
/// Everything is created relative to the open directory it belongs in, must not exist before, and follows no link. Give
/// it to a ``NarParser`` as receiver. What was made before an error stays: unpack into a directory that is thrown away
/// then. Calls block on the file system: keep them off Swift's cooperative threads.
public final class NarUnpacker: NarReceiver {
    /// Which permissions and times the new files have.
    public enum Style: Hashable, Sendable {
        /// Files 0644 or 0755, directories 0755, times of now: a tree to work with.
        case writable
        /// Files 0444 or 0555, directories 0555, all times 1 second after the epoch: as in a store.
        case canonical
    }

    private let root: String
    private let style: Style
    private let parent: Descriptor
    private let rootName: [UInt8]
    /// The open directories, outermost first; owned.
    private var directories: [Int32] = []
    private var file: Int32 = -1
    private var bytesLeft: UInt64 = 0
    private var hasRoot = false

    /// Prepares to unpack.
    ///
    /// - Parameters:
    ///   - path: What to make. It must not exist; the directory it lies in must.
    ///   - style: Which permissions and times to give.
    /// - Throws: ``StoreFormatError/Code/fileSystem`` when the directory cannot be opened or the path has no name.
    public init(path: String, style: Style = .writable) throws(StoreFormatError) {
        var bytes = [UInt8](path.utf8)
        while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        let slash = bytes.lastIndex(of: UInt8(ascii: "/"))
        let name = slash.map { bytes[($0 + 1)...] } ?? bytes[...]
        guard !name.isEmpty, !name.contains(0), !name.elementsEqual(".".utf8), !name.elementsEqual("..".utf8) else {
            throw StoreFormatError(.fileSystem, "a NAR is unpacked to a path with a name", at: .path(path))
        }
        let directory =
            switch slash {
            case .none: "."
            case 0: "/"
            case .some(let index): String(decoding: bytes[..<index], as: UTF8.self)
            }
        let number = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw .system("open the directory", errno, path: directory) }
        parent = Descriptor(owning: number)
        rootName = Array(name)
        root = path
        self.style = style
    }

    deinit {
        for directory in directories { close(directory) }
        if file >= 0 { close(file) }
    }

    /// Makes a directory.
    public func beginDirectory(name: [UInt8]) throws {
        let number = try withName(name) { parent, name throws(StoreFormatError) in
            guard mkdirat(parent, name, 0o755) == 0 else { throw failure("make the directory", name) }
            let number = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard number >= 0 else { throw failure("open the new directory", name) }
            return number
        }
        directories.append(number)
    }

    /// Closes a directory.
    public func endDirectory() throws {
        guard let number = directories.popLast() else { return }
        defer { close(number) }
        try settle(number, mode: 0o555)
    }

    /// Makes a link.
    public func symbolicLink(name: [UInt8], target: [UInt8]) throws {
        try withName(name) { parent, name throws(StoreFormatError) in
            let made = (target + [0]).withUnsafeBytes { bytes in
                bytes.baseAddress.map { symlinkat($0.assumingMemoryBound(to: CChar.self), parent, name) } ?? -1
            }
            guard made == 0 else { throw failure("make the link", name) }
            guard style == .canonical else { return }
            guard utimensat(parent, name, NarUnpacker.times, AT_SYMLINK_NOFOLLOW) == 0 else {
                throw failure("set the times of the link", name)
            }
        }
    }

    /// Makes a file.
    public func beginFile(name: [UInt8], isExecutable: Bool, size: UInt64) throws {
        file = try withName(name) { parent, name throws(StoreFormatError) in
            let number = openat(
                parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, isExecutable ? 0o755 : 0o644)
            guard number >= 0 else { throw failure("make the file", name) }
            return number
        }
        bytesLeft = size
        self.isExecutable = isExecutable
    }

    private var isExecutable = false

    /// Writes into the file.
    public func fileContents(_ bytes: UnsafeRawBufferPointer) throws {
        var left = bytes
        while !left.isEmpty {
            let count = write(file, left.baseAddress, left.count)
            guard count >= 0 else {
                if errno == EINTR { continue }
                throw StoreFormatError.system("write into a file below", errno, path: root)
            }
            left = UnsafeRawBufferPointer(rebasing: left[count...])
        }
    }

    /// Closes the file.
    public func endFile() throws {
        let number = file
        file = -1
        defer { close(number) }
        try settle(number, mode: isExecutable ? 0o555 : 0o444)
    }

    // MARK: Helpers

    /// Gives what was made its permissions and times.
    private func settle(_ number: Int32, mode: mode_t) throws(StoreFormatError) {
        guard style == .canonical else { return }
        guard fchmod(number, mode) == 0, futimens(number, NarUnpacker.times) == 0 else {
            throw .system("set permissions and times below", errno, path: root)
        }
    }

    /// Times of 1 second after the epoch, for access and change.
    private static let times = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]

    /// Calls with the directory that an entry belongs in and its name for C.
    private func withName<Value>(
        _ name: [UInt8], _ body: (Int32, UnsafePointer<CChar>) throws(StoreFormatError) -> Value
    ) throws(StoreFormatError) -> Value {
        if directories.isEmpty {
            guard !hasRoot else { throw StoreFormatError(.fileSystem, "a second root", at: .path(root)) }
            hasRoot = true
        } else {
            // The parser has checked it; who calls without a parser must not get out of the root either.
            guard !name.isEmpty, !name.elementsEqual(".".utf8), !name.elementsEqual("..".utf8),
                !name.contains(where: { $0 == 0 || $0 == UInt8(ascii: "/") })
            else { throw StoreFormatError(.invalidNar, "name that no file can have", at: .path(root)) }
        }
        let text = (directories.isEmpty ? rootName : name).map { CChar(bitPattern: $0) } + [0]
        let directory = directories.last ?? parent.number
        return try text.withUnsafeBufferPointer { buffer throws(StoreFormatError) in
            guard let base = buffer.baseAddress else {
                throw StoreFormatError(.invalidNar, "name that no file can have", at: .path(root))
            }
            return try body(directory, base)
        }
    }

    private func failure(_ action: String, _ name: UnsafePointer<CChar>) -> StoreFormatError {
        .system("\(action) \(String(cString: name))", errno, path: root)
    }
}
