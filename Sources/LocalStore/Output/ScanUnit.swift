internal import Glibc

/// A stretch of a NAR that one thread makes at once: framing, and where the contents between come from.
///
/// It keeps the folders open that its files are in, and the file that its piece is of.
struct ScanUnit {
    enum Part {
        /// Bytes of `framing`.
        case framing(Range<Int>)
        /// A whole file of that size, by its name in an open folder.
        case file(folder: Descriptor?, name: Int, size: Int, status: stat)
        /// A part of a large file.
        case piece(file: Descriptor, offset: UInt64, count: Int, isLast: Bool)
    }

    private(set) var framing: [UInt8] = []
    private(set) var parts: [Part] = []
    /// Names of files, each with a zero behind it.
    private(set) var names: [UInt8] = []
    private(set) var byteCount = 0
    private(set) var fileCount = 0
    private(set) var folderCount = 0
    private var framed = 0

    /// Where files are of one unit, at most this many folders are kept open.
    static let maximumFolders = 16
    static let maximumFiles = 128
    static let wantedBytes = 256 << 10
    /// Files from this size on are read in pieces.
    static let largeFile = 512 << 10
    static let pieceSize = 1 << 20

    var isFull: Bool {
        byteCount >= Self.wantedBytes || framing.count >= Self.wantedBytes || fileCount >= Self.maximumFiles
            || folderCount >= Self.maximumFolders
    }

    mutating func withFraming(_ body: (inout [UInt8]) -> Void) { body(&framing) }

    mutating func append(file name: UnsafeBufferPointer<CChar>, in folder: Descriptor?, size: Int, status: stat) {
        closeFraming()
        parts.append(.file(folder: folder, name: names.count, size: size, status: status))
        names.append(contentsOf: UnsafeRawBufferPointer(name))
        byteCount += size
        fileCount += 1
    }

    mutating func append(pieceOf file: Descriptor, offset: UInt64, count: Int, isLast: Bool) {
        closeFraming()
        parts.append(.piece(file: file, offset: offset, count: count, isLast: isLast))
        byteCount += count
    }

    mutating func noteFolder() { folderCount += 1 }

    /// Says that the unit is complete.
    mutating func finish() { closeFraming() }

    private mutating func closeFraming() {
        guard framing.count > framed else { return }
        parts.append(.framing(framed..<framing.count))
        byteCount += framing.count - framed
        framed = framing.count
    }
}
