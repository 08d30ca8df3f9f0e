import Synchronization
import TestSupport
import Testing
import TransparencyLog

/// A log's tiles, with changes, and a count of what was read.
private final class ChangedTiles: TileSource {
    let log: MemoryTiles
    let changes: [TilePath: [UInt8]?]
    private let reads = Mutex<[TilePath: Int]>([:])

    init(_ log: MemoryTiles, _ changes: [TilePath: [UInt8]?] = [:]) {
        self.log = log
        self.changes = changes
    }

    var counts: [TilePath: Int] { reads.withLock { $0 } }

    func read(_ path: TilePath) async throws -> [UInt8]? {
        reads.withLock { $0[path, default: 0] += 1 }
        return if let change = changes[path] { change } else { log.files[path] }
    }
}

private struct Broken: TileSource, Error {
    func read(_ path: TilePath) async throws -> [UInt8]? { throw self }
}

@Suite struct TileReaderTests {
    /// 66,600 entries: three levels, with partial tiles in each.
    private static let large: MemoryTiles = log(of: 66_600)

    private static func log(of size: Int) -> MemoryTiles {
        var log = MemoryTiles()
        try? log.append((0..<size).map { [UInt8($0 & 255), UInt8($0 >> 8 & 255), UInt8($0 >> 16)] })
        return log
    }

    private static func path(_ kind: TilePath.Kind, _ number: UInt64, _ log: MemoryTiles) throws -> TilePath {
        try #require(TilePath(kind, number: number, inTreeOf: log.size))
    }

    @Test(arguments: [1, 2, 255, 256, 257, 511, 512, 700])
    func everyProofOfASmallLog(size: Int) async throws {
        let log = Self.log(of: size)
        let size = UInt64(size)
        let root = log.frontier.root
        let reader = TileReader(source: log, size: size, root: root)
        for index in stride(from: 0, to: size, by: size > 300 ? 17 : 3) {
            let entry = try await reader.entry(index)
            #expect(entry == [UInt8(index & 255), UInt8(index >> 8), 0])
            let inclusion = try await reader.inclusionProof(of: index)
            try MerkleProof.verifyInclusion(
                inclusion, leaf: MerkleHash.leaf(entry), index: index, size: size, root: root)
            #expect(try TileProofs.inclusion(index: index, size: size, read: log.read) == inclusion)
            let frontier = try await reader.frontier(at: index)
            #expect(try await reader.hash(of: 0..<index) == frontier.root)
            if index > 0 {
                let consistency = try await reader.consistencyProof(from: index)
                try MerkleProof.verifyConsistency(consistency, from: (index, frontier.root), to: (size, root))
                try await reader.checkConsistency(with: (index, frontier.root))
                let fork = MerkleHash.node(frontier.root, root)
                #expect(await refusal { try await reader.checkConsistency(with: (index, fork)) } == .proof)
            }
        }
        #expect(try await reader.frontier() == log.frontier)
        #expect(await refusal { try await reader.entry(size) } == .range)
        #expect(await refusal { try await reader.inclusionProof(of: size) } == .range)
        #expect(await refusal { try await reader.frontier(at: size + 1) } == .range)
        #expect(await refusal { try await reader.checkConsistency(with: (size + 1, root)) } == .range)
        #expect(await refusal { try await reader.hash(of: 0..<(size + 1)) } == .range)
        #expect(await refusal { try await reader.bundle(size / 256 + 1) } == .range)
    }

    @Test func emptyLogs() async throws {
        let reader = TileReader(source: MemoryTiles(), size: 0, root: MerkleHash.empty)
        #expect(try await reader.frontier() == Frontier())
        #expect(try await reader.hash(of: 0..<0) == MerkleHash.empty)
        #expect(await refusal { try await reader.entry(0) } == .range)
        try await reader.forEachBundle(in: 0..<0) { _ in Issue.record("there is nothing") }
        let wrong = TileReader(source: MemoryTiles(), size: 0, root: MerkleHash.leaf([]))
        #expect(await refusal { try await wrong.frontier() } == .tile)
        #expect(try TileProofs.root(size: 0, read: { _ in nil }) == MerkleHash.empty)
    }

    @Test func subtreesOfMirrors() async throws {
        let log = Self.large
        let reader = TileReader(source: log, size: log.size, root: log.frontier.root)
        for range: Range<UInt64> in [
            0..<256, 256..<512, 512..<600, 65_536..<66_600, 66_560..<66_600, 7..<8, 0..<66_600,
        ] {
            let hash = try await reader.hash(of: range)
            let proof = try await reader.subtreeProof(range)
            try MerkleProof.verifySubtree(proof, subtree: range, hash: hash, size: log.size, root: log.frontier.root)
            #expect(try TileProofs.subtree(range, size: log.size, read: log.read) == proof)
            #expect(try TileProofs.subtreeHash(range, size: log.size, read: log.read) == hash)
        }
        #expect(await refusal { try await reader.hash(of: 3..<5) } == .range)
        #expect(await refusal { try await reader.subtreeProof(3..<5) } == .range)
    }

    /// Whatever a source says instead of a tile: an error, never a wrong proof or entry.
    @Test func noWrongTileIsBelieved() async throws {
        let log = Self.large
        var random = SeededGenerator(seed: 11)
        // What one needs for entry 300: its bundle, its tile, the tile above, and the edge.
        let needed = [
            try Self.path(.entries, 1, log), try Self.path(.hashes(level: 0), 1, log),
            try Self.path(.hashes(level: 1), 0, log), try Self.path(.hashes(level: 0), 260, log),
            try Self.path(.hashes(level: 1), 1, log), try Self.path(.hashes(level: 2), 0, log),
        ]
        for path in needed {
            let right = try #require(log.files[path])
            var wrongs: [[UInt8]] = [[], right.dropLast(), right + [0], right + right]
            for _ in 0..<6 {
                var wrong = right
                wrong[Int.random(in: 0..<wrong.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                wrongs.append(wrong)
            }
            // Tiles of the same log in the wrong place.
            wrongs += log.files.filter { $0.key.kind == path.kind && $0.key != path && $0.key.width == path.width }
                .prefix(3).map(\.value)
            for wrong in wrongs {
                let reader = TileReader(
                    source: ChangedTiles(log, [path: wrong]), size: log.size, root: log.frontier.root)
                let entry = try? await reader.entry(300)
                #expect(entry == nil || entry == [44, 1, 0])
                if path.kind != .entries {
                    let proof = try? await reader.inclusionProof(of: 300)
                    #expect(proof == nil)
                }
                if path.kind == .entries { #expect(await refusal { try await reader.entry(300) } == .tile) }
            }
            let missing = TileReader(source: ChangedTiles(log, [path: nil]), size: log.size, root: log.frontier.root)
            let code = await refusal {
                _ = try await missing.entry(300)
                _ = try await missing.inclusionProof(of: 300)
            }
            #expect(code == .missing, "\(path)")
        }
    }

    @Test func anotherRootIsBelievedInNothing() async throws {
        let log = Self.large
        let reader = TileReader(source: log, size: log.size, root: MerkleHash.leaf([1]))
        #expect(await refusal { try await reader.entry(0) } == .tile)
        #expect(await refusal { try await reader.hash(of: 0..<256) } == .tile)
        #expect(await refusal { try await reader.hash(of: 0..<0) } == .tile)
        // A smaller tree with the root of the larger, and the other way round.
        let smaller = TileReader(source: log, size: log.size - 40, root: log.frontier.root)
        #expect(await refusal { try await smaller.entry(0) } != nil)
    }

    /// Logs may delete partial tiles once the full ones are there.
    @Test func fullTilesStandInForPartialOnes() async throws {
        var log = Self.log(of: 600)
        let old = log.frontier
        try log.append((600..<66_600).map { [UInt8($0 & 255), UInt8($0 >> 8 & 255), UInt8($0 >> 16)] })
        let partial = TilePath.paths(to: 600).filter { !$0.isFull }
        #expect(partial.count == 3)
        let source = ChangedTiles(log, Dictionary(uniqueKeysWithValues: partial.map { ($0, nil) }))
        let reader = TileReader(source: source, size: 600, root: old.root)
        #expect(try await reader.entry(599) == [87, 2, 0])
        #expect(try await reader.frontier() == old)
        #expect(try await reader.bundle(2).entries.count == 88)
        for path in partial { #expect(source.counts[path] != nil) }
        let trusted = try TileProofs.inclusion(index: 599, size: 600) { source.changes[$0] ?? log.files[$0] }
        #expect(try await reader.inclusionProof(of: 599) == trusted)
    }

    @Test func troubleOfTheSourceGoesThrough() async throws {
        let reader = TileReader(source: Broken(), size: 5, root: MerkleHash.empty)
        await #expect(throws: Broken.self) { try await reader.entry(0) }
        let sizes = TileReader(source: MemoryTiles(), size: UInt64.max, root: MerkleHash.empty)
        #expect(await refusal { try await sizes.entry(0) } != nil)
        #expect(await refusal { try await sizes.frontier() } != nil)
    }

    @Test(arguments: [1, 2, 7])
    func bundlesComeInOrder(inFlight: Int) async throws {
        let log = Self.large
        let source = ChangedTiles(log)
        let reader = TileReader(source: source, size: log.size, root: log.frontier.root)
        var next: UInt64 = 1000
        try await reader.forEachBundle(in: 1000..<66_590, inFlight: inFlight) { bundle in
            #expect(bundle.firstIndex == next)
            #expect(bundle.entries.count == bundle.leafHashes.count)
            let right = zip(bundle.entries, bundle.leafHashes).allSatisfy { MerkleHash.leaf($0.0) == $0.1 }
            #expect(right)
            #expect(bundle.entries[0] == [UInt8(next & 255), UInt8(next >> 8 & 255), UInt8(next >> 16)])
            next += UInt64(bundle.entries.count)
        }
        #expect(next == 66_590)
        // Following needs no tiles of leaf hashes but the last, and every bundle once.
        for (path, count) in source.counts {
            switch path.kind {
            case .entries: #expect(count == 1)
            case .hashes(let level): #expect(level > 0 || !path.isFull)
            }
        }
    }

    @Test func followingEndsWithTheFirstTrouble() async throws {
        let log = Self.large
        let bad = try Self.path(.entries, 9, log)
        let reader = TileReader(source: ChangedTiles(log, [bad: [1, 2, 3]]), size: log.size, root: log.frontier.root)
        var seen: UInt64 = 0
        let code = await refusal {
            try await reader.forEachBundle(in: 0..<log.size) { seen = $0.firstIndex + UInt64($0.entries.count) }
        }
        #expect(code == .tile)
        #expect(seen <= 9 * 256)
        struct Enough: Error {}
        var count = 0
        await #expect(throws: Enough.self) {
            try await reader.forEachBundle(in: 0..<log.size) { _ in
                count += 1
                if count == 3 { throw Enough() }
            }
        }
        #expect(count == 3)
        #expect(await refusal { try await reader.forEachBundle(in: 0..<(log.size + 1)) { _ in } } == .range)
    }

    @Test func tilesAreReadOnceAndForgottenWhenThereAreMany() async throws {
        let log = Self.large
        let source = ChangedTiles(log)
        let reader = TileReader(source: source, size: log.size, root: log.frontier.root)
        for _ in 0..<3 {
            for index: UInt64 in [5, 300, 40_000] { _ = try await reader.inclusionProof(of: index) }
        }
        #expect(source.counts.values.allSatisfy { $0 == 1 })
        let small = ChangedTiles(log)
        let forgetful = TileReader(source: small, size: log.size, root: log.frontier.root, cachedTiles: 1)
        for _ in 0..<3 {
            for index: UInt64 in [5, 300, 40_000] {
                #expect(try await forgetful.inclusionProof(of: index) == reader.inclusionProof(of: index))
            }
        }
        #expect(small.counts.values.contains { $0 > 1 })
    }
}
