/// Where tiles and bundles of a log come from: a web server, a folder, a test. What it gives is trusted in nothing.
package protocol TileSource: Sendable {
    /// The bytes at a path; nil when there is nothing.
    ///
    /// Sources hold to ``TilePath/maximumContentByteCount`` and stop reading there.
    ///
    /// - Throws: Whatever keeps the source from answering; it goes through to whoever asked.
    func read(_ path: TilePath) async throws -> [UInt8]?
}

/// A small log's tiles in memory: as a source for tests, and as the plainest way to make them.
package struct MemoryTiles: TileSource {
    /// All tiles and bundles that the tree had at any size that ``append(_:)`` went through, partial ones included.
    package private(set) var files: [TilePath: [UInt8]] = [:]
    /// The tree.
    package private(set) var frontier = Frontier()

    private var entries: [[UInt8]] = []
    /// Hashes of each level, from the bottom.
    private var levels: [[LogHash]] = []

    /// The log without entries.
    package init() {}

    /// How many entries there are.
    package var size: UInt64 { frontier.size }

    /// Appends entries and writes the tiles and bundles that the tree then has.
    ///
    /// - Throws: ``TransparencyLogError/Code/limit`` for an entry that no bundle can hold.
    package mutating func append(_ new: [[UInt8]]) throws(TransparencyLogError) {
        let before = size
        for entry in new {
            entries.append(entry)
            let leaf = MerkleHash.leaf(entry)
            frontier.append(leaf)
            append(leaf, level: 0)
        }
        for path in TilePath.paths(from: before, to: size) {
            let start = Int(path.number) * TilePath.fullWidth
            switch path.kind {
            case .entries: files[path] = try EntryBundle.encode(Array(entries[start..<(start + path.width)]))
            case .hashes(let level): files[path] = HashTile(Array(levels[level][start..<(start + path.width)]))?.bytes
            }
        }
    }

    private mutating func append(_ hash: LogHash, level: Int) {
        if levels.count == level { levels.append([]) }
        levels[level].append(hash)
        let count = levels[level].count
        guard count % TilePath.fullWidth == 0,
            let root = HashTile(Array(levels[level][(count - TilePath.fullWidth)...]))?.fullRoot
        else { return }
        append(root, level: level + 1)
    }

    package func read(_ path: TilePath) -> [UInt8]? { files[path] }
}
