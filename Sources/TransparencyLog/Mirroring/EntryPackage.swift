/// One package of an `add-entries` request (c2sp.org/tlog-mirror): entries of one bundle and the proof that the
/// bundle's subtree is the log's. Nothing in it is verified.
package struct EntryPackage: Hashable, Sendable {
    /// The indices of the entries: within one multiple of 256.
    package let range: Range<UInt64>
    package let entries: [[UInt8]]
    /// A subtree consistency proof for ``subtree``, at most ``MerkleProof/maximumHashCount`` hashes.
    package let proof: [LogHash]

    package init(range: Range<UInt64>, entries: [[UInt8]], proof: [LogHash]) {
        self.range = range
        self.entries = entries
        self.proof = proof
    }

    /// The range of the package that begins at `start` in an upload that goes up to `end`.
    package static func range(from start: UInt64, upTo end: UInt64) -> Range<UInt64> {
        let width = UInt64(TilePath.fullWidth)
        return start..<min(end, (start / width + 1) * width)
    }

    /// The number of the entry bundle.
    package var bundle: UInt64 { range.lowerBound / UInt64(TilePath.fullWidth) }

    /// What the proof is about: from the bundle's first entry, sent or not, to the package's last.
    package var subtree: Range<UInt64> { (bundle * UInt64(TilePath.fullWidth))..<range.upperBound }

    /// The package as it is sent.
    /// - Throws: ``TransparencyLogError`` `.limit` for an entry that does not fit.
    package func encoded() throws(TransparencyLogError) -> [UInt8] {
        var bytes = try EntryBundle.encode(entries)
        bytes.append(UInt8(proof.count))
        for hash in proof { hash.append(to: &bytes) }
        return bytes
    }
}
