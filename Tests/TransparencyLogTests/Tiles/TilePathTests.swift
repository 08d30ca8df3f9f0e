import Testing
import TransparencyLog

@Suite struct TilePathTests {
    @Test(arguments: [
        (TilePath(.hashes(level: 0), number: 0), "tile/0/000"),
        (TilePath(.hashes(level: 63), number: 999, width: 1), "tile/63/999.p/1"),
        (TilePath(.hashes(level: 1), number: 1000, width: 255), "tile/1/x001/000.p/255"),
        (TilePath(.entries, number: 1_234_067), "tile/entries/x001/x234/067"),
        (TilePath(.entries, number: 1_000_000, width: 7), "tile/entries/x001/x000/000.p/7"),
        (TilePath(.entries, number: UInt64(Int64.max)), "tile/entries/x009/x223/x372/x036/x854/x775/807"),
    ])
    func isWrittenAndRead(path: TilePath?, text: String) throws {
        let path = try #require(path)
        #expect(path.text == text)
        #expect(text.utf8.count <= TilePath.maximumByteCount)
        #expect(try TilePath(parsing: text) == path)
        #expect(path.full.isFull && path.full.number == path.number && path.full.kind == path.kind)
    }

    @Test(arguments: [
        "", "tile", "tile/", "tile/0", "tile/0/", "/tile/0/000", "tile/0/000/", "tile//000", "tile/0/0", "tile/0/00",
        "tile/0/0000",
        "tile/00/000", "tile/64/000", "tile/-1/000", "tile/x0/000", "tile/0/x000", "tile/0/x000/000",
        "tile/0/x000/x001/000",
        "tile/0/001/000", "tile/0/x001/x000", "tile/0/x1/000", "tile/0/X001/000", "tile/0/000.p/0", "tile/0/000.p/256",
        "tile/0/000.p/01", "tile/0/000.p/", "tile/0/000.p", "tile/0/000.P/5", "tile/0/x001.p/000", "tile/0/000.p/5/",
        "tile/0/000.p/5.p/5",
        "tile/0/000 ", "tile/0/00a", "tile/entry/000", "tile/entries", "tile/entries/", "tile/Entries/000",
        "tile/data/000",
        "tile/0/../000", "tile/0/000\n", "tile/0/000%2ep/5", "tile/0/x999/x999/x999/x999/x999/x999/999",
        "tile/0/x009/x223/x372/x036/x854/x775/808", "tile/0/x001/x009/x223/x372/x036/x854/x775/807", "tile/0/٠٠٠",
    ])
    func refusesTexts(text: String) {
        #expect(refusal { try TilePath(parsing: text) } == .tile)
    }

    @Test func pathsThatNoTileHas() {
        #expect(TilePath(.hashes(level: 64), number: 0) == nil)
        #expect(TilePath(.hashes(level: -1), number: 0) == nil)
        #expect(TilePath(.entries, number: 0, width: 0) == nil)
        #expect(TilePath(.entries, number: 0, width: 257) == nil)
        #expect(TilePath(.entries, number: UInt64(Int64.max) + 1) == nil)
    }

    @Test func treesHaveTheirTiles() {
        func width(_ level: Int, _ number: UInt64, _ size: UInt64) -> Int? {
            TilePath(.hashes(level: level), number: number, inTreeOf: size)?.width
        }
        #expect(width(0, 0, 0) == nil)
        #expect(width(0, 0, 1) == 1)
        #expect(width(0, 0, 256) == 256)
        #expect(width(0, 1, 256) == nil)
        #expect(width(1, 0, 256) == 1)
        #expect(width(1, 0, 255) == nil)
        #expect(width(0, 273, 70_000) == 112)
        #expect(width(1, 1, 70_000) == 17)
        #expect(width(2, 0, 70_000) == 1)
        #expect(width(7, 0, UInt64(Int64.max)) == 127)
        #expect(width(8, 0, UInt64(Int64.max)) == nil)
        #expect(width(63, 0, UInt64(Int64.max)) == nil)
        #expect(TilePath(.entries, number: 273, inTreeOf: 70_000)?.width == 112)
    }

    /// What is written at each step is, all together, what the whole tree has and the partial tiles on the way.
    @Test func growingWritesWhatIsNew() {
        var written: Set<TilePath> = []
        var size: UInt64 = 0
        for step: UInt64 in [0, 1, 254, 1, 1, 255, 300, 64_000, 1000, 20_000] {
            let new = TilePath.paths(from: size, to: size + step)
            #expect(Set(new).count == new.count)
            #expect(written.isDisjoint(with: new))
            size += step
            written.formUnion(new)
            #expect(written.isSuperset(of: TilePath.paths(to: size)))
        }
        #expect(TilePath.paths(from: size, to: size).isEmpty)
        #expect(TilePath.paths(from: size, to: size - 1).isEmpty)
    }
}

@Suite struct TileFormatTests {
    @Test func bundlesAreReadAndWritten() throws {
        let entries: [[UInt8]] = [[], [1], [UInt8](repeating: 2, count: EntryBundle.maximumEntryByteCount), [3, 4]]
        let bytes = try EntryBundle.encode(entries)
        #expect(bytes.prefix(5).elementsEqual([0, 0, 0, 1, 1]))
        #expect(try EntryBundle.decode(bytes, count: 4) == entries)
        for count in [0, 3, 5, 256] { #expect(refusal { try EntryBundle.decode(bytes, count: count) } == .tile) }
        for cut in [1, 2, 3, 4, 5, 6] {
            #expect(refusal { try EntryBundle.decode(bytes.dropLast(cut), count: 4) } == .tile)
        }
        #expect(refusal { try EntryBundle.decode(bytes + [0], count: 4) } == .tile)
        #expect(refusal { try EntryBundle.decode(bytes + [0, 0], count: 4) } == .tile)
        #expect(refusal { try EntryBundle.decode([0xFF, 0xFF], count: 1) } == .tile)
        #expect(try EntryBundle.decode([], count: 0).isEmpty)
    }

    @Test func bundlesHaveLimits() throws {
        let long = [UInt8](repeating: 0, count: EntryBundle.maximumEntryByteCount + 1)
        #expect(refusal { try EntryBundle.encode([long]) } == .limit)
        #expect(refusal { try EntryBundle.encode(Array(repeating: [1], count: 257)) } == .limit)
        let full = try EntryBundle.encode(Array(repeating: long.dropLast(), count: 256))
        #expect(full.count == EntryBundle.maximumByteCount)
        #expect(try EntryBundle.decode(full, count: 256).count == 256)
    }

    @Test func tilesHaveOneLength() throws {
        let hashes = (0..<256).map { MerkleHash.leaf([UInt8($0)]) }
        let tile = try #require(HashTile(hashes))
        #expect(tile.bytes.count == 8192)
        #expect(try HashTile(parsing: tile.bytes, width: 256) == tile)
        for width in [-1, 0, 1, 255, 257] {
            #expect(refusal { try HashTile(parsing: tile.bytes, width: width) } == .tile)
        }
        #expect(refusal { try HashTile(parsing: [], width: 0) } == .tile)
        #expect(refusal { try HashTile(parsing: tile.bytes.dropLast(), width: 256) } == .tile)
        #expect(HashTile([]) == nil)
        #expect(HashTile(hashes + hashes) == nil)
        #expect(tile.fullRoot == MerkleHash.root(of: hashes))
        #expect(tile.root(height: 3, from: 8) == MerkleHash.root(of: hashes[8..<16]))
        #expect(tile.root(height: 9, from: 0) == nil)
        #expect(tile.root(height: 0, from: 256) == nil)
        #expect(tile.root(height: -1, from: 0) == nil)
        #expect(HashTile(Array(hashes.prefix(255)))?.fullRoot == nil)
    }
}
