internal import Synchronization

/// Reads a log's tree from tiles that nobody has to be trusted for: each is checked against a root before it is used.
///
/// The tiles at the right edge give the root, which must be the checkpoint's. Every other tile hashes to one hash of
/// the tile above it. So what this gives is what the checkpoint commits to, or an error.
package final class TileReader: Sendable {
    /// How many entries the tree has.
    package let size: UInt64
    /// Its root.
    package let root: LogHash

    private let source: any TileSource
    private let nodes: TreeNodes
    private let cacheLimit: Int

    private struct Cache {
        /// The verified tiles of the right edge, by level; nil until they were read.
        var edge: [TilePath: HashTile]?
        /// Full tiles that were verified, with when they were last used.
        var tiles: [TilePath: (tile: HashTile, used: UInt64)] = [:]
        var uses: UInt64 = 0
    }
    /// Protects what was verified; never held while anything is read.
    private let cache = Mutex(Cache())

    /// A reader for one size of a log.
    ///
    /// - Parameters:
    ///   - source: Where tiles come from.
    ///   - size: How many entries the tree has.
    ///   - root: Its root, which the caller believes.
    ///   - cachedTiles: How many verified tiles are kept, each of 8 KiB.
    package init(source: any TileSource, size: UInt64, root: LogHash, cachedTiles: Int = 256) {
        self.source = source
        self.size = size
        self.root = root
        nodes = TreeNodes(size: size)
        cacheLimit = max(cachedTiles, 1)
    }

    /// A reader for what a checkpoint commits to.
    package convenience init(source: any TileSource, checkpoint: VerifiedCheckpoint, cachedTiles: Int = 256) {
        self.init(source: source, size: checkpoint.size, root: checkpoint.root, cachedTiles: cachedTiles)
    }

    /// The hash of a range of leaves that is a node of the tree, a subtree, or the tree at an older size.
    ///
    /// - Throws: ``TransparencyLogError/Code/range`` for other ranges, ``TransparencyLogError/Code/missing``,
    ///   ``TransparencyLogError/Code/tile`` for a tile that is not the tree's, and what the source throws.
    package func hash(of range: Range<UInt64>) async throws -> LogHash {
        try await hashes(of: [range])[0]
    }

    /// The right edge of the tree at this or an older size.
    ///
    /// - Throws: As ``hash(of:)``.
    package func frontier(at older: UInt64? = nil) async throws -> Frontier {
        let size = older ?? self.size
        guard size <= self.size else {
            throw TransparencyLogError(.range, "a tree of \(self.size) entries never had \(size)")
        }
        let hashes = try await hashes(of: MerkleTree.perfectRanges(size: size))
        guard let frontier = Frontier(size: size, hashes: hashes) else {
            throw TransparencyLogError(.range, "\(size) entries are more than a log can have")
        }
        return frontier
    }

    /// Checks that the tree begins with all of an older one.
    ///
    /// - Throws: ``TransparencyLogError/Code/proof`` when it does not: the log forked.
    ///   ``TransparencyLogError/Code/range`` when the old tree is larger: the log was rolled back. Otherwise as
    ///   ``hash(of:)``.
    package func checkConsistency(with old: (size: UInt64, root: LogHash)) async throws {
        guard old.size <= size else {
            throw TransparencyLogError(.range, "the log has \(size) entries, and had \(old.size) before")
        }
        let now = try await hash(of: 0..<old.size)
        guard now == old.root else {
            throw TransparencyLogError(
                .proof, "the first \(old.size) entries had the root \(old.root), and have \(now) in this tree")
        }
    }

    /// The proof that an entry is in the tree.
    ///
    /// - Throws: As ``hash(of:)``.
    package func inclusionProof(of index: UInt64) async throws -> [LogHash] {
        try await hashes(of: try MerkleProof.inclusionRanges(index: index, size: size))
    }

    /// The proof that the tree begins with all of an older one.
    ///
    /// - Throws: As ``hash(of:)``.
    package func consistencyProof(from old: UInt64) async throws -> [LogHash] {
        try await hashes(of: try MerkleProof.consistencyRanges(from: old, to: size))
    }

    /// The proof that a subtree is in the tree.
    ///
    /// - Throws: As ``hash(of:)``.
    package func subtreeProof(_ subtree: Range<UInt64>) async throws -> [LogHash] {
        try await hashes(of: try MerkleProof.subtreeRanges(subtree, size: size))
    }
}

extension TileReader {
    private func hashes(of ranges: [Range<UInt64>]) async throws -> [LogHash] {
        // Also where no tile is needed, the edge has to give the root.
        let edge = try await edge()
        var tiles: [TilePath: HashTile] = [:]
        for path in try nodes.tiles(for: ranges) {
            tiles[path] = if let tile = edge[path] { tile } else { try await tile(path) }
        }
        return try ranges.map { range in
            try nodes.hash(of: range) { (path) throws(TransparencyLogError) in
                guard let tile = tiles[path] else { throw TransparencyLogError(.missing, "\(path): missing") }
                return tile
            }
        }
    }

    /// A verified tile of hashes.
    func tile(_ path: TilePath) async throws -> HashTile {
        let edge = try await edge()
        if let tile = edge[path] { return tile }
        let known = cache.withLock { cache -> HashTile? in
            cache.uses += 1
            cache.tiles[path]?.used = cache.uses
            return cache.tiles[path]?.tile
        }
        if let known { return known }
        guard path.isFull, case .hashes(let level) = path.kind, let above = parent(of: path.number, level: level) else {
            throw TransparencyLogError(.range, "\(path): a tree of \(size) entries has no such tile")
        }
        let parent = try await tile(above)
        let tile = try await load(path)
        guard tile.fullRoot == parent.hashes[Int(path.number % UInt64(TilePath.fullWidth))] else {
            throw TransparencyLogError(.tile, "\(path): not the tile of the tree with the root \(root)")
        }
        cache.withLock { cache in
            if cache.tiles.count >= cacheLimit, let oldest = cache.tiles.min(by: { $0.value.used < $1.value.used }) {
                cache.tiles[oldest.key] = nil
            }
            cache.tiles[path] = (tile, cache.uses)
        }
        return tile
    }

    /// The tile that has the hash of a full tile or bundle.
    func parent(of number: UInt64, level: Int) -> TilePath? {
        guard
            let path = TilePath(
                .hashes(level: level + 1), number: number / UInt64(TilePath.fullWidth), inTreeOf: size),
            number % UInt64(TilePath.fullWidth) < UInt64(path.width)
        else { return nil }
        return path
    }

    /// The partial tiles at the right edge: all of their hashes go into the root, so together they are right or wrong.
    private func edge() async throws -> [TilePath: HashTile] {
        if let edge = cache.withLock({ $0.edge }) { return edge }
        guard size <= StrictText.maximumNumber else {
            throw TransparencyLogError(.range, "\(size) entries are more than a log can have")
        }
        let paths = (0..<8).compactMap { level in
            TilePath(
                .hashes(level: level), number: (size >> UInt64(8 * level)) / UInt64(TilePath.fullWidth), inTreeOf: size)
        }
        let edge = try await withThrowingTaskGroup(of: (TilePath, HashTile).self) { group in
            for path in paths { group.addTask { (path, try await self.load(path)) } }
            return try await group.reduce(into: [TilePath: HashTile]()) { $0[$1.0] = $1.1 }
        }
        let found = try nodes.hash(of: 0..<size) { (path) throws(TransparencyLogError) in
            guard let tile = edge[path] else { throw TransparencyLogError(.missing, "\(path): missing") }
            return tile
        }
        guard found == root else {
            throw TransparencyLogError(
                .tile, "the tiles at the right edge of \(size) entries give the root \(found), not \(root)")
        }
        cache.withLock { $0.edge = edge }
        return edge
    }

    /// A tile as the source gives it, not verified: the partial one, or as much of the full one.
    private func load(_ path: TilePath) async throws -> HashTile {
        let (found, bytes) = try await read(path)
        guard let tile = try Self.parse(bytes, as: found).prefix(path.width) else {
            throw TransparencyLogError(.tile, "\(path): too few hashes")
        }
        return tile
    }

    /// What the source has at a path, or at that of the full tile or bundle in its place: logs may delete partial ones.
    func read(_ path: TilePath) async throws -> (TilePath, [UInt8]) {
        let bytes = try await source.read(path)
        if let bytes { return (path, bytes) }
        guard !path.isFull else { throw missing(path) }
        let full = path.full
        let more = try await source.read(full)
        guard let more else { throw missing(path) }
        return (full, more)
    }

    private func missing(_ path: TilePath) -> TransparencyLogError {
        TransparencyLogError(.missing, "\(path): missing, though the log has \(size) entries")
    }

    private static func parse(_ bytes: [UInt8], as path: TilePath) throws(TransparencyLogError) -> HashTile {
        do throws(TransparencyLogError) {
            return try HashTile(parsing: bytes, width: path.width)
        } catch {
            throw error.prefixed(path.text)
        }
    }
}
