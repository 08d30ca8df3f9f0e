/// From which hashes of which tiles the hash of a range of leaves comes.
///
/// A perfect subtree of 2^height leaves is a node inside a tile of the level height / 8; any other range that can be
/// asked for is perfect subtrees from the left.
struct TreeNodes {
    let size: UInt64

    /// The tiles that hashes of these ranges need, each once.
    func tiles(for ranges: [Range<UInt64>]) throws(TransparencyLogError) -> [TilePath] {
        var seen: Set<TilePath> = []
        var paths: [TilePath] = []
        for range in ranges {
            try visit(range) { (node, height) throws(TransparencyLogError) in
                let path = try tile(of: node, height: height)
                if seen.insert(path).inserted { paths.append(path) }
            }
        }
        return paths
    }

    /// The hash of a range.
    func hash(
        of range: Range<UInt64>, tile read: (TilePath) throws(TransparencyLogError) -> HashTile
    ) throws(TransparencyLogError) -> LogHash {
        var hashes: [LogHash] = []
        try visit(range) { (node, height) throws(TransparencyLogError) in
            let path = try tile(of: node, height: height)
            let place = node.lowerBound >> UInt64(8 * (height / 8)) & 255
            guard let hash = try read(path).root(height: height % 8, from: Int(place)) else {
                throw TransparencyLogError(.tile, "\(path): too few hashes")
            }
            hashes.append(hash)
        }
        guard var root = hashes.popLast() else { return MerkleHash.empty }
        while let left = hashes.popLast() { root = MerkleHash.node(left, root) }
        return root
    }

    /// The perfect subtrees of a range, from the left.
    private func visit(
        _ range: Range<UInt64>, _ body: (Range<UInt64>, Int) throws(TransparencyLogError) -> Void
    ) throws(TransparencyLogError) {
        guard range.upperBound <= size else {
            throw TransparencyLogError(
                .range, "a tree of \(size) entries does not reach to \(range.upperBound)")
        }
        guard range == 0..<0 || MerkleProof.isSubtree(range) else {
            throw TransparencyLogError(
                .range, "entries \(range.lowerBound) to before \(range.upperBound) are no subtree")
        }
        var rest = range
        while !rest.isEmpty {
            // What starts as a subtree does begins with perfect ones, the largest first.
            let middle = MerkleTree.perfectHeight(rest) == nil ? MerkleTree.split(rest) : rest.upperBound
            try body(rest.lowerBound..<middle, (middle - rest.lowerBound).trailingZeroBitCount)
            rest = middle..<rest.upperBound
        }
    }

    private func tile(of node: Range<UInt64>, height: Int) throws(TransparencyLogError) -> TilePath {
        let level = height / 8
        guard
            let path = TilePath(
                .hashes(level: level), number: (node.lowerBound >> UInt64(8 * level)) / UInt64(TilePath.fullWidth),
                inTreeOf: size)
        else {
            throw TransparencyLogError(.range, "a tree of \(size) entries does not reach to \(node.upperBound)")
        }
        return path
    }
}
