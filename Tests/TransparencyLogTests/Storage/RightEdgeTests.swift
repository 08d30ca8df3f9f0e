import TestSupport
import Testing

@testable import TransparencyLog

@Suite struct RightEdgeTests {
    /// The tiles that the edge gives are those that a tree in memory has, whatever the steps.
    @Test(arguments: [[1], [255, 1], [256], [100, 200, 300], [1000, 24, 256], [65_536, 1]])
    func givesTheTreesTiles(_ steps: [Int]) throws {
        var edge = RightEdge()
        var memory = MemoryTiles()
        var files: [TilePath: [UInt8]] = [:]
        for step in steps {
            let entries = (0..<step).map { LogFixture.entry(Int(memory.size) + $0) }
            try memory.append(entries)
            var rest = entries[...]
            while !rest.isEmpty {
                let part = Array(rest.prefix(256 - Int(edge.size % 256)))
                rest = rest.dropFirst(part.count)
                let full = edge.append(
                    try EntryBundle.encode(part)[...], leaves: part.map(MerkleHash.leaf)[...])
                for (path, bytes) in full { files[path] = bytes }
            }
            for (path, bytes) in edge.partials { files[path] = bytes }
        }
        #expect(edge.size == memory.size)
        #expect(edge.tree == memory.frontier)
        // Names first: comparing all bytes in one expectation is for a debugger's patience only.
        #expect(Set(files.keys) == Set(memory.files.keys))
        for (path, bytes) in files where memory.files[path] != bytes { Issue.record("\(path) differs") }
    }

    @Test func isReadFromFullTiles() async throws {
        let fixture = try LogFixture()
        try await fixture.grow(by: 0..<1100)
        let edge = try RightEdge(fixture.log, size: 1024)
        let memory = try await TileReader(
            source: fixture.log, checkpoint: try #require(try fixture.log.head(key: fixture.signer.key))
        ).frontier(at: 1024)
        #expect(edge.tree == memory)
        #expect(throws: TransparencyLogError(.damage, "")) { try RightEdge(fixture.log, size: 1 << 20) }
    }
}
