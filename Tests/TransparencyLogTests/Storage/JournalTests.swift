import TestSupport
import Testing

@testable import TransparencyLog

@Suite struct JournalTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path
    }

    /// Writes records of so many entries each; where each record ends.
    private func write(_ counts: [Int], behind tree: inout Frontier, to journal: Journal) throws -> [Int] {
        var ends: [Int] = []
        var end = JournalSegment.headByteCount
        for count in counts {
            let segment = try journal.prepare(behind: tree)
            var builder = EntryBatchBuilder(behind: tree)
            for number in 0..<count {
                let entry = LogFixture.entry(Int(tree.size) + number)
                builder.append(entry, leaf: MerkleHash.leaf(entry))
            }
            let (batch, grown) = builder.finish(segment: segment)
            try journal.append(batch.record)
            tree = grown
            end += batch.record.count
            ends.append(end)
        }
        return ends
    }

    private func journal() -> Journal { Journal(folder: path, origin: "o", segments: []) }

    /// Reads everything; entries, the tree behind them, and how many bytes were left out.
    private func read() throws -> (entries: [[UInt8]], tree: Frontier, dropped: Int) {
        var tree = Frontier()
        var entries: [[UInt8]] = []
        let end = try JournalReader(folder: path, origin: "o").replay(behind: &tree) { batch in
            for index in 0..<batch.count { entries.append(batch.entry(index)) }
        }
        return (entries, tree, end.droppedByteCount)
    }

    @Test func readsWhatWasWritten() throws {
        var tree = Frontier()
        _ = try write([1, 3, 300, 2], behind: &tree, to: journal())
        let found = try read()
        #expect(found.tree == tree)
        #expect(found.entries == (0..<306).map(LogFixture.entry))
        #expect(found.dropped == 0)
    }

    /// A crash can leave any part of the last record: what is before it stays, and the journal goes on behind that.
    @Test func tornTailIsLeftOut() throws {
        var tree = Frontier()
        let ends = try write([2, 3], behind: &tree, to: journal())
        let file = try folder.read("0000000000000001")
        #expect(file.count == ends[1])
        for size in ends[0]..<ends[1] {
            try folder.write("0000000000000001", Array(file[..<size]))
            let found = try read()
            #expect(found.tree.size == 2)
            #expect(found.dropped == size - ends[0])
            // Zeros in place of what did not reach the disk.
            try folder.write(
                "0000000000000001", Array(file[..<size]) + Array(repeating: 0, count: file.count - size + 50))
            #expect(try read().tree.size == (file[size...].allSatisfy { $0 == 0 } ? 5 : 2))
        }
        try folder.write("0000000000000001", Array(file[..<(ends[1] - 1)]))
        let reader = try JournalReader(folder: path, origin: "o")
        var again = Frontier()
        let end = try reader.replay(behind: &again) { _ in }
        let journal = Journal(folder: path, origin: "o", segments: reader.segments)
        try journal.resume(at: end.offset)
        _ = try write([4], behind: &again, to: journal)
        #expect(try read().tree == again)
        #expect(again.size == 6)
    }

    @Test func changedByteOfTheLastRecordLeavesItOut() throws {
        var tree = Frontier()
        let ends = try write([2, 3], behind: &tree, to: journal())
        let file = try folder.read("0000000000000001")
        for position in ends[0]..<ends[1] {
            var changed = file
            changed[position] ^= 1
            try folder.write("0000000000000001", changed)
            #expect(try read().tree.size == 2, "byte \(position)")
        }
    }

    /// A record in the middle was acknowledged: that it cannot be read is no crash but damage.
    @Test func changedByteBeforeTheLastRecordIsDamage() throws {
        var tree = Frontier()
        let ends = try write([2, 3, 1], behind: &tree, to: journal())
        let file = try folder.read("0000000000000001")
        for position in ends[0]..<ends[1] {
            var changed = file
            changed[position] ^= 1
            try folder.write("0000000000000001", changed)
            #expect(throws: TransparencyLogError(.damage, ""), "byte \(position)") { try read() }
        }
    }

    @Test func changedHeadIsDamage() throws {
        var tree = Frontier()
        _ = try write([2], behind: &tree, to: journal())
        let file = try folder.read("0000000000000001")
        for position in 0..<JournalSegment.headByteCount {
            var changed = file
            changed[position] ^= 1
            try folder.write("0000000000000001", changed)
            #expect(throws: TransparencyLogError(.damage, ""), "byte \(position)") { try read() }
        }
        #expect(throws: TransparencyLogError(.damage, "")) { try JournalReader(folder: path, origin: "other") }
    }

    @Test func unfinishedHeadIsNoSegment() throws {
        var tree = Frontier()
        _ = try write([2], behind: &tree, to: journal())
        try folder.write("0000000000000002", [1, 2, 3])
        let reader = try JournalReader(folder: path, origin: "o")
        #expect(reader.segments.count == 1)
        #expect(reader.unfinished.count == 1)
    }

    /// What stands behind the place where the next segment begins was never acknowledged: its sync had failed.
    @Test func segmentEndsWhereTheNextOneBegins() throws {
        var tree = Frontier()
        let ends = try write([2, 3], behind: &tree, to: journal())
        let first = try folder.read("0000000000000001")
        try folder.write("0000000000000001", Array(first[..<ends[0]]))
        let reader = try JournalReader(folder: path, origin: "o")
        var short = Frontier()
        _ = try reader.replay(behind: &short) { _ in }
        // A journal that was not resumed begins a new segment.
        _ = try write([1], behind: &short, to: Journal(folder: path, origin: "o", segments: reader.segments))
        try folder.write("0000000000000001", first)
        let found = try read()
        #expect(found.tree == short)
        #expect(found.tree.size == 3)
    }

    @Test func missingSegmentIsDamage() throws {
        var tree = Frontier()
        _ = try write([2], behind: &tree, to: journal())
        let segments = try JournalReader(folder: path, origin: "o").segments
        _ = try write([2], behind: &tree, to: Journal(folder: path, origin: "o", segments: segments))
        _ = try read()
        try folder.write("0000000000000001", [])
        #expect(throws: TransparencyLogError(.damage, "")) { try read() }
    }

    @Test func dropsSegmentsThatAreInTiles() throws {
        var tree = Frontier()
        let journal = journal()
        _ = try write([200], behind: &tree, to: journal)
        let second = Journal(folder: path, origin: "o", segments: journal.segments)
        _ = try write([200], behind: &tree, to: second)
        second.drop(below: 0)
        #expect(folder.names.count == 2)
        second.drop(below: 199)
        #expect(folder.names.count == 2)
        second.drop(below: 256)
        #expect(folder.names == ["0000000000000002"])
        second.drop(below: 512)
        #expect(folder.names == ["0000000000000002"])
    }
}
