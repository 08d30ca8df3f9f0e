extension TileReader {
    /// The entries of a bundle, verified.
    ///
    /// May be called for several bundles at once: that is how to follow a log over a network.
    ///
    /// - Throws: As ``hash(of:)``; ``TransparencyLogError/Code/tile`` too for entries that are not the tree's.
    package func bundle(_ number: UInt64) async throws -> VerifiedBundle {
        guard let path = TilePath(.entries, number: number, inTreeOf: size) else {
            throw TransparencyLogError(.range, "a tree of \(size) entries has no bundle \(number)")
        }
        let (found, bytes) = try await read(path)
        let entries = Array(try Self.decode(bytes, as: found).prefix(path.width))
        let leafHashes = entries.map(MerkleHash.leaf)
        let isRight: Bool
        if path.isFull {
            // One hash of the level above the tile of leaf hashes says it all: that tile need not be read.
            guard let above = parent(of: number, level: 0) else {
                throw TransparencyLogError(.range, "a tree of \(size) entries has no bundle \(number)")
            }
            let expected = try await tile(above).hashes[Int(number % UInt64(TilePath.fullWidth))]
            isRight = HashTile(leafHashes)?.fullRoot == expected
        } else {
            guard let leaves = TilePath(.hashes(level: 0), number: number, inTreeOf: size) else {
                throw TransparencyLogError(.range, "a tree of \(size) entries has no bundle \(number)")
            }
            isRight = try await tile(leaves).hashes == leafHashes
        }
        guard isRight else {
            throw TransparencyLogError(.tile, "\(path): not the entries of the tree with the root \(root)")
        }
        return VerifiedBundle(
            firstIndex: number * UInt64(TilePath.fullWidth), entries: entries, leafHashes: leafHashes)
    }

    /// One entry, verified.
    ///
    /// - Throws: As ``bundle(_:)``.
    package func entry(_ index: UInt64) async throws -> [UInt8] {
        guard index < size else {
            throw TransparencyLogError(.range, "a tree of \(size) entries has none with the index \(index)")
        }
        let width = UInt64(TilePath.fullWidth)
        return try await bundle(index / width).entries[Int(index % width)]
    }

    /// Gives the entries of a range, verified, in order, while the next bundles are under way.
    ///
    /// - Parameters:
    ///   - range: The indices; the first and the last bundle are cut to them.
    ///   - inFlight: How many bundles are asked for at once: that many may be in memory.
    ///   - body: Takes one bundle after the other; what it throws ends all.
    /// - Throws: As ``bundle(_:)``.
    package func forEachBundle(
        in range: Range<UInt64>, inFlight: Int = 4, isolation: isolated (any Actor)? = #isolation,
        _ body: (VerifiedBundle) async throws -> Void
    ) async throws {
        guard !range.isEmpty else { return }
        guard range.upperBound <= size else {
            throw TransparencyLogError(.range, "a tree of \(size) entries does not reach to \(range.upperBound)")
        }
        let width = UInt64(TilePath.fullWidth)
        let last = (range.upperBound - 1) / width
        try await withThrowingTaskGroup(of: VerifiedBundle.self) { group in
            var asked = range.lowerBound / width
            var wanted = asked
            var early: [UInt64: VerifiedBundle] = [:]
            while wanted <= last {
                // What came early is in memory too, so it counts.
                while asked <= last, asked < wanted + UInt64(max(inFlight, 1)) {
                    let number = asked
                    group.addTask { try await self.bundle(number) }
                    asked += 1
                }
                guard let bundle = try await group.next() else { break }
                early[bundle.firstIndex / width] = bundle
                while let next = early.removeValue(forKey: wanted) {
                    try await body(next.clamped(to: range))
                    wanted += 1
                }
            }
        }
    }

    private static func decode(_ bytes: [UInt8], as path: TilePath) throws(TransparencyLogError) -> [[UInt8]] {
        do throws(TransparencyLogError) {
            return try EntryBundle.decode(bytes, count: path.width)
        } catch {
            throw error.prefixed(path.text)
        }
    }
}

/// Neighbouring entries that a checkpoint commits to. Only ``TileReader`` makes one.
package struct VerifiedBundle: Sendable {
    /// The index of the first entry.
    package let firstIndex: UInt64
    /// The entries, in their order.
    package let entries: [[UInt8]]
    /// Their hashes, in the same order.
    package let leafHashes: [LogHash]

    fileprivate init(firstIndex: UInt64, entries: [[UInt8]], leafHashes: [LogHash]) {
        self.firstIndex = firstIndex
        self.entries = entries
        self.leafHashes = leafHashes
    }

    fileprivate func clamped(to range: Range<UInt64>) -> VerifiedBundle {
        let indices = (firstIndex..<(firstIndex + UInt64(entries.count))).clamped(to: range)
        guard indices.count < entries.count else { return self }
        let places = Int(indices.lowerBound - firstIndex)..<Int(indices.upperBound - firstIndex)
        return VerifiedBundle(
            firstIndex: indices.lowerBound, entries: Array(entries[places]), leafHashes: Array(leafHashes[places]))
    }
}
