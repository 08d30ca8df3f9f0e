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
