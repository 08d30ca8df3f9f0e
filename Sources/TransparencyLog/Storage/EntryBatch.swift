internal import Crypto

/// Entries in their final order, as the journal has them and as bundles will.
struct EntryBatch: Sendable {
    /// The index of the first entry.
    let first: UInt64
    /// A journal record: its head, the entries as a bundle has them (length, bytes), and the root after them.
    let record: [UInt8]
    /// Where each entry ends in ``record``.
    let ends: [Int]
    /// The hash of each entry.
    let leaves: [LogHash]
    /// The tree's root with these entries.
    let root: LogHash

    var count: Int { leaves.count }
    /// What it takes of memory, about.
    var memory: Int { record.count + leaves.count * (LogHash.byteCount + MemoryLayout<Int>.size) }
    /// The tree's size with these entries.
    var size: UInt64 { first + UInt64(leaves.count) }

    /// Bytes before the first entry.
    static let headByteCount = 32

    /// Bytes of entries from one to another, as in a bundle.
    func bytes(_ range: Range<Int>) -> ArraySlice<UInt8> {
        record[start(range.lowerBound)..<start(range.upperBound)]
    }

    /// One entry.
    func entry(_ index: Int) -> [UInt8] {
        Array(record[(start(index) + 2)..<ends[index]])
    }

    private func start(_ index: Int) -> Int {
        index == 0 ? Self.headByteCount : ends[index - 1]
    }
}

extension EntryBatch {
    /// Reads a record that was written; nil when it is not whole: the root behind the entries tells.
    ///
    /// - Parameter tree: The tree before it, which is changed to the one with it.
    init?(record: [UInt8], head: JournalRecord, behind tree: inout Frontier) {
        guard record.count == head.recordByteCount, head.first == tree.size else { return nil }
        let end = Self.headByteCount + head.byteCount
        var ends: [Int] = []
        var leaves: [LogHash] = []
        var grown = tree
        var position = Self.headByteCount
        while position < end {
            guard ends.count < head.count, position + 2 <= end else { return nil }
            let start = position + 2
            position = start + Int(record[position]) << 8 + Int(record[position + 1])
            guard position <= end else { return nil }
            let leaf = MerkleHash.leaf(Array(record[start..<position]))
            grown.append(leaf)
            leaves.append(leaf)
            ends.append(position)
        }
        guard ends.count == head.count, let root = LogHash(record[end...]), root == grown.root else { return nil }
        self.init(first: head.first, record: record, ends: ends, leaves: leaves, root: root)
        tree = grown
    }
}

/// Makes a batch, entry by entry.
struct EntryBatchBuilder {
    private let first: UInt64
    private var record: [UInt8]
    private var ends: [Int] = []
    private var leaves: [LogHash] = []
    private var tree: Frontier

    /// - Parameter tree: The tree that the entries go behind.
    init(behind tree: Frontier, reserving bytes: Int = 0) {
        self.tree = tree
        first = tree.size
        record = []
        record.reserveCapacity(EntryBatch.headByteCount + bytes + LogHash.byteCount)
        record.append(contentsOf: repeatElement(0, count: EntryBatch.headByteCount))
    }

    var count: Int { leaves.count }
    var byteCount: Int { record.count }
    /// The index that the next entry gets.
    var next: UInt64 { tree.size }

    mutating func append(_ entry: [UInt8], leaf: LogHash) {
        record.append(UInt8(truncatingIfNeeded: entry.count >> 8))
        record.append(UInt8(truncatingIfNeeded: entry.count))
        record.append(contentsOf: entry)
        ends.append(record.count)
        leaves.append(leaf)
        tree.append(leaf)
    }

    /// The batch, and the tree with it.
    func finish(segment: UInt64) -> (batch: EntryBatch, tree: Frontier) {
        var record = record
        let root = tree.root
        JournalRecord.writeHead(
            &record, count: leaves.count, byteCount: record.count - EntryBatch.headByteCount, first: first,
            segment: segment)
        root.append(to: &record)
        return (EntryBatch(first: first, record: record, ends: ends, leaves: leaves, root: root), tree)
    }
}

/// The head of a journal record, 32 bytes, big-endian: "qrec", number of entries (4), their bytes (8), the first
/// index (8), and the first 8 bytes of SHA-256 over the segment's number and these 24.
///
/// The entries need no checksum of their own: they are hashed for the tree in any case, and the root behind them tells
/// whether they are what was written.
struct JournalRecord {
    let count: Int
    let byteCount: Int
    let first: UInt64

    static let magic: [UInt8] = Array("qrec".utf8)
    /// Most entries of a record, and most bytes: what may be lost of memory when one is read again.
    static let maximumCount = 8192
    static let maximumByteCount = 16 << 20

    /// Bytes of the whole record.
    var recordByteCount: Int { EntryBatch.headByteCount + byteCount + LogHash.byteCount }

    /// Nil when these bytes are no head of a record in that segment.
    init?(_ head: some Collection<UInt8>, segment: UInt64) {
        let head = Array(head)
        guard head.count == EntryBatch.headByteCount, head.starts(with: Self.magic),
            Array(head[24...]) == Self.checksum(Array(head[..<24]), segment: segment)
        else { return nil }
        count = Int(truncatingIfNeeded: BigEndian.read(head[4..<8]))
        byteCount = Int(truncatingIfNeeded: BigEndian.read(head[8..<16]))
        first = BigEndian.read(head[16..<24])
        guard (1...Self.maximumCount).contains(count), (2 * count...Self.maximumByteCount).contains(byteCount) else {
            return nil
        }
    }

    static func writeHead(_ record: inout [UInt8], count: Int, byteCount: Int, first: UInt64, segment: UInt64) {
        var head = magic
        BigEndian.append(UInt64(count), byteCount: 4, to: &head)
        BigEndian.append(UInt64(byteCount), byteCount: 8, to: &head)
        BigEndian.append(first, byteCount: 8, to: &head)
        head += checksum(head, segment: segment)
        record.replaceSubrange(0..<EntryBatch.headByteCount, with: head)
    }

    private static func checksum(_ head: [UInt8], segment: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        BigEndian.append(segment, byteCount: 8, to: &bytes)
        return Array(SHA256.hash(data: bytes + head).prefix(8))
    }
}

/// Numbers as the files of a log have them.
enum BigEndian {
    static func read(_ bytes: some Collection<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    static func append(_ number: UInt64, byteCount: Int, to bytes: inout [UInt8]) {
        for shift in (0..<byteCount).reversed() { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * shift))) }
    }
}
