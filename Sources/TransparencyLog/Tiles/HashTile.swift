/// A tile of hashes: up to 256 neighbours of one level, and through them the eight levels of nodes above.
package struct HashTile: Hashable, Sendable {
    /// The hashes from the left: 1 to 256.
    package let hashes: [LogHash]

    /// Takes hashes; nil for none or more than 256.
    package init?(_ hashes: [LogHash]) {
        guard !hashes.isEmpty, hashes.count <= TilePath.fullWidth else { return nil }
        self.hashes = hashes
    }

    /// Reads a tile.
    ///
    /// - Throws: ``TransparencyLogError/Code/tile`` for any length but 32 bytes for each hash.
    package init(parsing bytes: [UInt8], width: Int) throws(TransparencyLogError) {
        guard width >= 1, width <= TilePath.fullWidth, bytes.count == width * LogHash.byteCount else {
            throw TransparencyLogError(
                .tile, "a tile of \(bytes.count) bytes; with \(width) hashes it has \(width * LogHash.byteCount)")
        }
        hashes = bytes.withUnsafeBytes { bytes in
            (0..<width).map { LogHash(UnsafeRawBufferPointer(rebasing: bytes[($0 * 32)..<($0 * 32 + 32)])) }
        }
    }

    /// The tile as it is stored.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(hashes.count * LogHash.byteCount)
        for hash in hashes { hash.append(to: &bytes) }
        return bytes
    }

    /// The root over 2^height hashes from an index on; nil unless the tile has all of them.
    package func root(height: Int, from index: Int) -> LogHash? {
        guard height >= 0, height <= 8, index >= 0, index + (1 << height) <= hashes.count else { return nil }
        var row = Array(hashes[index..<(index + (1 << height))])
        for _ in 0..<height {
            row = stride(from: 0, to: row.count, by: 2).map { MerkleHash.node(row[$0], row[$0 + 1]) }
        }
        return row[0]
    }

    /// The root of a full tile, which is one hash of the level above; nil for others.
    package var fullRoot: LogHash? { root(height: 8, from: 0) }

    /// The tile with its first hashes only; nil when it has fewer.
    func prefix(_ width: Int) -> HashTile? { width <= hashes.count ? HashTile(Array(hashes.prefix(width))) : nil }
}
