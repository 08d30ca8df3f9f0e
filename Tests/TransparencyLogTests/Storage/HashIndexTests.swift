import TestSupport
import Testing

@testable import TransparencyLog

@Suite struct HashIndexTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func hash(_ number: UInt64) -> LogHash { MerkleHash.leaf(Array("\(number)".utf8)) }

    @Test func findsWhatWasInsertedAcrossSegmentsAndStarts() throws {
        let count: UInt64 = 40_000
        let path = folder.file("index")
        do {
            let index = try HashIndex(path)
            for number in 0..<count { try index.insert(hash(number), number) }
            try index.cover(count)
        }
        let index = try HashIndex(path)
        #expect(index.covered == count)
        #expect(folder.names == ["index"])
        for number in stride(from: 0, to: count, by: 7) {
            let found = try index.find(hash(number))
            if found != [number] { Issue.record("\(number) gives \(found)") }
        }
        for number in count..<(count + 2000) {
            let found = try index.find(hash(number))
            if !found.isEmpty { Issue.record("\(number) gives \(found)") }
        }
    }

    @Test func keepsSeveralNumbersUnderOneHash() throws {
        let index = try HashIndex(folder.file("index"))
        for number in [5, 3, 9, 5] as [UInt64] { try index.insert(hash(1), number) }
        #expect(try index.find(hash(1)) == [3, 5, 9])
    }

    /// A key that very many entries have neither fills the index nor breaks it.
    @Test func hotKeyIsBounded() throws {
        let index = try HashIndex(folder.file("index"))
        for number in 0..<2000 as Range<UInt64> { try index.insert(hash(1), number) }
        let found = try index.find(hash(1))
        #expect(found.count == 256)
        #expect(found.first == 0)
        for number in 2000..<2500 as Range<UInt64> { try index.insert(hash(number), number) }
        #expect(try index.find(hash(2400)) == [2400])
    }

    /// The largest number that a log can be asked for in 48 bits, and a hash of zeros.
    @Test func extremes() throws {
        let index = try HashIndex(folder.file("index"))
        let zero = try #require(LogHash([UInt8](repeating: 0, count: 32)))
        try index.insert(zero, 0)
        try index.insert(zero, (1 << 48) - 2)
        #expect(try index.find(zero) == [0, (1 << 48) - 2])
    }

    @Test(arguments: ["", "quorate index 1\n", "quorate index 2\n5\n1\n", "quorate index 1\n5\n99\n", "\u{0}\u{0}"])
    func startsAnewWithoutAWordOnWhatItCovers(_ text: String) throws {
        let path = folder.file("index")
        do {
            let index = try HashIndex(path)
            try index.insert(hash(1), 1)
            try index.cover(2)
        }
        try folder.write("index/covered", text)
        let index = try HashIndex(path)
        #expect(index.covered == 0)
        #expect(try index.find(hash(1)) == [])
    }

    @Test func isResetWhole() throws {
        let index = try HashIndex(folder.file("index"))
        try index.insert(hash(1), 1)
        try index.cover(2)
        try index.reset()
        #expect(index.covered == 0)
        #expect(try index.find(hash(1)) == [])
        try index.insert(hash(2), 2)
        #expect(try index.find(hash(2)) == [2])
    }
}
