/// The right edge of a growing tree: the roots of the perfect subtrees that its size is made of, largest first.
///
/// All that appending needs, at most 63 hashes whatever the size.
package struct Frontier: Hashable, Sendable {
    /// How many leaves the tree has.
    package private(set) var size: UInt64
    /// One hash for each bit that is set in ``size``, the highest bit first.
    package private(set) var hashes: [LogHash]

    /// The tree without leaves.
    package init() {
        size = 0
        hashes = []
    }

    /// A tree as it was stored; nil when a tree of that size has another number of hashes, or no tree has that size.
    package init?(size: UInt64, hashes: [LogHash]) {
        guard size <= StrictText.maximumNumber, hashes.count == size.nonzeroBitCount else { return nil }
        self.size = size
        self.hashes = hashes
    }

    /// Appends the hash of an entry.
    package mutating func append(_ leaf: LogHash) {
        join(leaf, height: 0)
    }

    /// Appends 2^height leaves whose subtree has this root; false, and nothing done, unless ``size`` is a multiple of
    /// that.
    package mutating func append(subtree root: LogHash, height: Int) -> Bool {
        guard height >= 0, height < 63, size & (1 << UInt64(height) - 1) == 0,
            size + 1 << UInt64(height) <= StrictText.maximumNumber
        else { return false }
        join(root, height: height)
        return true
    }

    /// The tree's root.
    package var root: LogHash {
        guard var root = hashes.last else { return MerkleHash.empty }
        for left in hashes.dropLast().reversed() { root = MerkleHash.node(left, root) }
        return root
    }

    private mutating func join(_ root: LogHash, height: Int) {
        var root = root
        var bit = UInt64(1) << UInt64(height)
        let added = bit
        // As in counting: every bit that is set carries on.
        while size & bit != 0, let left = hashes.popLast() {
            root = MerkleHash.node(left, root)
            bit <<= 1
        }
        hashes.append(root)
        size += added
    }
}
