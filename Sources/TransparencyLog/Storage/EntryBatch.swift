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
