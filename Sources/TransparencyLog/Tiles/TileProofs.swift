/// Roots and proofs from tiles that are trusted, such as those of a log's own folder; see ``TileReader`` for others.
///
/// Each asks for the tiles that it needs, each once, and for the full tile where a partial one is gone. What the
/// closure throws goes through; a tile that is not there is ``TransparencyLogError/Code/missing``, a size or index
/// outside the tree ``TransparencyLogError/Code/range``.
package enum TileProofs {
    /// Reads a tile; nil when there is none.
    package typealias Read = (TilePath) throws -> [UInt8]?

    /// The root of the tree of a size.
    package static func root(size: UInt64, read: Read) throws -> LogHash {
        try hashes(of: [0..<size], size: size, read: read)[0]
    }

    /// The right edge of the tree of a size, for going on from there.
    package static func frontier(size: UInt64, read: Read) throws -> Frontier {
        let hashes = try hashes(of: MerkleTree.perfectRanges(size: size), size: size, read: read)
        guard let frontier = Frontier(size: size, hashes: hashes) else {
            throw TransparencyLogError(.range, "\(size) entries are more than a log can have")
        }
        return frontier
    }

    /// The proof that an entry is in the tree of a size.
    package static func inclusion(index: UInt64, size: UInt64, read: Read) throws -> [LogHash] {
        try hashes(of: try MerkleProof.inclusionRanges(index: index, size: size), size: size, read: read)
    }

    /// The proof that the tree of a size begins with all of an older one.
    package static func consistency(from old: UInt64, to new: UInt64, read: Read) throws -> [LogHash] {
        try hashes(of: try MerkleProof.consistencyRanges(from: old, to: new), size: new, read: read)
    }

    /// The proof that a subtree is in the tree of a size.
    package static func subtree(_ subtree: Range<UInt64>, size: UInt64, read: Read) throws -> [LogHash] {
        try hashes(of: try MerkleProof.subtreeRanges(subtree, size: size), size: size, read: read)
    }

    /// The root of a subtree by itself.
    package static func subtreeHash(_ subtree: Range<UInt64>, size: UInt64, read: Read) throws -> LogHash {
        try hashes(of: [subtree], size: size, read: read)[0]
    }

    private static func hashes(of ranges: [Range<UInt64>], size: UInt64, read: Read) throws -> [LogHash] {
        guard size <= StrictText.maximumNumber else {
            throw TransparencyLogError(.range, "\(size) entries are more than a log can have")
        }
        let nodes = TreeNodes(size: size)
        var tiles: [TilePath: HashTile] = [:]
        for path in try nodes.tiles(for: ranges) {
            if let bytes = try read(path) {
                tiles[path] = try HashTile(parsing: bytes, width: path.width)
            } else if !path.isFull, let bytes = try read(path.full) {
                tiles[path] = try HashTile(parsing: bytes, width: TilePath.fullWidth).prefix(path.width)
            }
        }
        return try ranges.map { range in
            try nodes.hash(of: range) { (path) throws(TransparencyLogError) in
                guard let tile = tiles[path] else { throw TransparencyLogError(.missing, "\(path): missing") }
                return tile
            }
        }
    }
}
