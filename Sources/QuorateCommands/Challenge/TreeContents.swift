internal import Crypto
internal import StoreFormats

/// What a NAR holds, as far as comparing two of them needs it: every path in it, files by their hash.
///
/// Give it to a ``NarParser`` as receiver, with ``limits`` or tighter ones.
struct TreeContents: NarReceiver, Sendable {
    /// One file, link or folder.
    enum Node: Hashable, Sendable {
        case file(size: UInt64, sha256: [UInt8], isExecutable: Bool)
        case link(target: [UInt8])
        case folder
    }

    /// More than any package has: each costs about 150 bytes of memory.
    static let limits = NarLimits(entries: 1 << 20)
    /// Most bytes of all paths together: a NAR of a few bytes for each entry can have deep paths.
    static let pathLimit = 256 << 20

    /// By path below the root, which is empty itself. Names are bytes, which need not be UTF-8.
    private(set) var nodes: [[UInt8]: Node] = [:]
    private var folder: [UInt8] = []
    private var folderLengths: [Int] = []
    private var pathBytes = 0
    private var file: (path: [UInt8], size: UInt64, isExecutable: Bool)?
    private var hasher = SHA256()

    init() {}

    mutating func beginDirectory(name: [UInt8]) throws {
        let path = try path(name)
        nodes[path] = .folder
        folderLengths.append(folder.count)
        folder = path
    }

    mutating func endDirectory() {
        folder.removeLast(folder.count - (folderLengths.popLast() ?? 0))
    }

    mutating func symbolicLink(name: [UInt8], target: [UInt8]) throws { nodes[try path(name)] = .link(target: target) }

    mutating func beginFile(name: [UInt8], isExecutable: Bool, size: UInt64) throws {
        file = (try path(name), size, isExecutable)
        hasher = SHA256()
    }

    mutating func fileContents(_ bytes: UnsafeRawBufferPointer) { hasher.update(bufferPointer: bytes) }

    mutating func endFile() {
        guard let file else { return }
        nodes[file.path] = .file(size: file.size, sha256: Array(hasher.finalize()), isExecutable: file.isExecutable)
        self.file = nil
    }

    private mutating func path(_ name: [UInt8]) throws -> [UInt8] {
        let path = folderLengths.isEmpty ? [] : folder + [UInt8(ascii: "/")] + name
        pathBytes += path.count
        guard pathBytes <= Self.pathLimit else {
            throw CommandError(.badData, "the names in it are longer than \(Self.pathLimit) bytes together")
        }
        return path
    }
}
