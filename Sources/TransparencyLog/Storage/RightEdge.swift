/// The right edge of a log as tiles: what is not yet in full ones.
///
/// Adding an entry gives the tiles that it completes, of every level.
struct RightEdge: Sendable {
    /// How many entries the tree has.
    private(set) var size: UInt64 = 0
    /// Of each level the hashes behind the last full tile: fewer than 256.
    private(set) var levels: [[LogHash]] = []
    /// The entries behind the last full bundle, as a bundle has them.
    private(set) var bundle: [UInt8] = []

    /// The empty tree.
    init() {}

    /// A tree whose size is a multiple of 256.
    ///
    /// - Parameter levels: From level 0, which is empty.
    init(size: UInt64, levels: [[LogHash]]) {
        self.size = size
        self.levels = levels
    }

    /// The size of the part that is in full tiles and bundles of the lowest level.
    var fullSize: UInt64 { size & ~255 }

    /// The tree itself.
    var tree: Frontier {
        var tree = Frontier()
        for (level, hashes) in levels.enumerated().reversed() {
            for hash in hashes { _ = tree.append(subtree: hash, height: 8 * level) }
        }
        return tree
    }

    /// Adds entries that fit into the bundle at the edge, as that has them; gives what is full then.
    mutating func append(
        _ entries: ArraySlice<UInt8>, leaves: ArraySlice<LogHash>
    ) -> [(path: TilePath, bytes: [UInt8])] {
        precondition(leaves.count <= 256 - Int(size % 256), "not more than fits into the bundle at the edge")
        bundle += entries
        size += UInt64(leaves.count)
        if levels.isEmpty { levels.append([]) }
        levels[0] += leaves
        guard size % 256 == 0, !leaves.isEmpty else { return [] }
        var files: [(path: TilePath, bytes: [UInt8])] = []
        let number = size / 256 - 1
        if let path = TilePath(.entries, number: number) { files.append((path, bundle)) }
        bundle = []
        var level = 0
        while level < levels.count, levels[level].count == 256, let tile = HashTile(levels[level]),
            let root = tile.fullRoot
        {
            if let path = TilePath(.hashes(level: level), number: number >> UInt64(8 * level)) {
                files.append((path, tile.bytes))
            }
            levels[level] = []
            level += 1
            if level == levels.count { levels.append([]) }
            levels[level].append(root)
        }
        return files
    }

    /// The partial tiles and the partial bundle of this very tree.
    var partials: [(path: TilePath, bytes: [UInt8])] {
        var files: [(path: TilePath, bytes: [UInt8])] = []
        let width = Int(size % 256)
        if width > 0, let path = TilePath(.entries, number: size / 256, width: width) { files.append((path, bundle)) }
        for level in levels.indices {
            if let tile = HashTile(levels[level]),
                let path = TilePath(
                    .hashes(level: level), number: size >> UInt64(8 * (level + 1)), width: levels[level].count)
            {
                files.append((path, tile.bytes))
            }
        }
        return files
    }

    /// A tile of the edge in the width that is asked for, or narrower than what is there; nil for what is not at the edge.
    func tile(_ path: TilePath) -> [UInt8]? {
        guard case .hashes(let level) = path.kind, level < levels.count, level < 8,
            path.number == size >> UInt64(8 * (level + 1)), path.width <= levels[level].count
        else { return nil }
        return HashTile(Array(levels[level].prefix(path.width)))?.bytes
    }
}

extension RightEdge {
    /// Reads the edge of a tree whose size is a multiple of 256 from its full tiles.
    init(_ log: LogDirectory, size: UInt64) throws(TransparencyLogError) {
        var levels: [[LogHash]] = []
        var level = 0
        while size >> UInt64(8 * level) > 0, level < 8 {
            let count = size >> UInt64(8 * level)
            guard count % 256 > 0 else {
                levels.append([])
                level += 1
                continue
            }
            guard let path = TilePath(.hashes(level: level), number: count / 256, width: Int(count % 256)),
                let bytes = try log.derived(path)
            else {
                throw TransparencyLogError(
                    .damage,
                    "\(log.root): the tree of \(size) entries is not all there, a tile of level \(level) is missing")
            }
            levels.append(try HashTile(parsing: bytes, width: path.width).hashes)
            level += 1
        }
        self.init(size: size, levels: levels)
    }
}
