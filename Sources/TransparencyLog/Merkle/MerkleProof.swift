/// Proofs that a tree holds a leaf, an older tree or a subtree (RFC 9162, sections 2.1.3 and 2.1.4; subtrees as
/// <https://c2sp.org/tlog-mirror> has them).
///
/// All three are one thing: the hashes of those parts of a tree from which, with the part that is known, its root can
/// be computed. Which parts those are follows from the sizes alone, so a proof of another length is none.
package enum MerkleProof {
    /// The most hashes in a proof: as many as the largest tree is high, and as witnesses take. A consistency proof may
    /// have one more than its tree is high, so this is enough up to 2^62 entries.
    package static let maximumHashCount = 63

    /// Verifies that a leaf is in a tree.
    ///
    /// - Throws: ``TransparencyLogError/Code/range`` when the tree has no such index,
    ///   ``TransparencyLogError/Code/proof`` when it is not proven.
    package static func verifyInclusion(
        _ proof: [LogHash], leaf: LogHash, index: UInt64, size: UInt64, root: LogHash
    ) throws(TransparencyLogError) {
        guard index < size else {
            throw TransparencyLogError(.range, "a tree of \(size) entries has none with the index \(index)")
        }
        try verifySubtree(proof, subtree: index..<(index + 1), hash: leaf, size: size, root: root)
    }

    /// Verifies that a tree begins with all of an older one.
    ///
    /// The tree without entries begins every other: that is the caller's case and never a proof.
    ///
    /// - Throws: ``TransparencyLogError/Code/range`` when the old tree is empty or larger,
    ///   ``TransparencyLogError/Code/proof`` when it is not proven.
    package static func verifyConsistency(
        _ proof: [LogHash], from old: (size: UInt64, root: LogHash), to new: (size: UInt64, root: LogHash)
    ) throws(TransparencyLogError) {
        guard old.size > 0, old.size <= new.size else {
            throw TransparencyLogError(.range, "nothing can be proven from size \(old.size) to size \(new.size)")
        }
        try verifySubtree(proof, subtree: 0..<old.size, hash: old.root, size: new.size, root: new.root)
    }

    /// Verifies that leaves from one index to before another, hashed as a tree of their own, are those of a tree.
    ///
    /// - Throws: ``TransparencyLogError/Code/range`` when the range is no subtree (``isSubtree(_:)``) or not within the
    ///   tree, ``TransparencyLogError/Code/proof`` when it is not proven.
    package static func verifySubtree(
        _ proof: [LogHash], subtree: Range<UInt64>, hash: LogHash, size: UInt64, root: LogHash
    ) throws(TransparencyLogError) {
        let ranges = try subtreeRanges(subtree, size: size)
        guard proof.count == ranges.count else {
            throw TransparencyLogError(
                .proof, "a proof of \(proof.count) hashes; for \(words(subtree)) of \(size) it has \(ranges.count)")
        }
        var known = Dictionary(zip(ranges, proof)) { first, _ in first }
        if let rebuilt = Self.hash(of: subtree, from: known) {
            guard rebuilt == hash else {
                throw TransparencyLogError(.proof, "the proof is not one for the hash \(hash) of \(words(subtree))")
            }
        } else {
            known[subtree] = hash
        }
        guard let rebuilt = Self.hash(of: 0..<size, from: known), rebuilt == root else {
            throw TransparencyLogError(
                .proof, "the proof does not lead from \(words(subtree)) to the root \(root) of \(size) entries")
        }
    }

    /// Whether leaves of a range can be proven as a subtree: not empty, and starting at a multiple of their number
    /// rounded up to a power of two.
    package static func isSubtree(_ range: Range<UInt64>) -> Bool {
        guard !range.isEmpty, range.upperBound <= StrictText.maximumNumber else { return false }
        let length = range.upperBound - range.lowerBound
        let space = length == 1 ? 1 : UInt64(1) << UInt64(64 - (length - 1).leadingZeroBitCount)
        return range.lowerBound & (space - 1) == 0
    }

    /// Of which leaves each hash of an inclusion proof is, in the proof's order.
    ///
    /// - Throws: ``TransparencyLogError/Code/range``.
    package static func inclusionRanges(index: UInt64, size: UInt64) throws(TransparencyLogError) -> [Range<UInt64>] {
        guard index < size else {
            throw TransparencyLogError(.range, "a tree of \(size) entries has none with the index \(index)")
        }
        return try subtreeRanges(index..<(index + 1), size: size)
    }

    /// Of which leaves each hash of a consistency proof is, in the proof's order.
    ///
    /// - Throws: ``TransparencyLogError/Code/range``.
    package static func consistencyRanges(
        from old: UInt64, to new: UInt64
    ) throws(TransparencyLogError) -> [Range<UInt64>] {
        guard old > 0, old <= new else {
            throw TransparencyLogError(.range, "nothing can be proven from size \(old) to size \(new)")
        }
        return try subtreeRanges(0..<old, size: new)
    }

    /// Of which leaves each hash of a subtree's proof is, in the proof's order.
    ///
    /// - Throws: ``TransparencyLogError/Code/range``.
    package static func subtreeRanges(
        _ subtree: Range<UInt64>, size: UInt64
    ) throws(TransparencyLogError) -> [Range<UInt64>] {
        guard isSubtree(subtree), subtree.upperBound <= size, size <= StrictText.maximumNumber else {
            throw TransparencyLogError(.range, "\(words(subtree)) are no subtree of \(size) entries")
        }
        // From the root down to the subtree; the proof goes the other way.
        var ranges: [Range<UInt64>] = []
        var node = 0..<size
        var target = subtree
        var isWhole = true
        while node != target {
            let middle = MerkleTree.split(node)
            let left = node.lowerBound..<middle
            let right = middle..<node.upperBound
            if target.upperBound <= middle {
                ranges.append(right)
                node = left
            } else {
                // A subtree that lies on both sides begins where the node does: its left half is in the proof, and the
                // rest of it is looked for on the right.
                if target.lowerBound < middle {
                    target = right.lowerBound..<target.upperBound
                    isWhole = false
                }
                ranges.append(left)
                node = right
            }
        }
        if !isWhole { ranges.append(node) }
        return ranges.reversed()
    }

    /// The hash of leaves from the hashes of parts of them; nil when parts are missing.
    private static func hash(of range: Range<UInt64>, from known: [Range<UInt64>: LogHash]) -> LogHash? {
        if let hash = known[range] { return hash }
        guard range.upperBound - range.lowerBound > 1 else { return nil }
        let middle = MerkleTree.split(range)
        // No deeper than the tree is high: of the two halves at most one is no part, or else both are halves of one.
        guard let left = hash(of: range.lowerBound..<middle, from: known),
            let right = hash(of: middle..<range.upperBound, from: known)
        else { return nil }
        return MerkleHash.node(left, right)
    }

    private static func words(_ range: Range<UInt64>) -> String {
        range.upperBound - range.lowerBound == 1
            ? "entry \(range.lowerBound)" : "entries \(range.lowerBound) to before \(range.upperBound)"
    }
}
