import Crypto
import Testing
import TransparencyLog

@Suite struct TileVectorTests {
    private struct File: Decodable {
        struct Sample: Decodable {
            let path: String
            let len: Int
            let sha256: String
        }
        struct Size: Decodable {
            let size: UInt64
            let rootHex: String
            let count: Int
            let manifestSha256: String
            let partials: [String]
            let sample: [Sample]
        }
        struct Place: Decodable {
            let n: UInt64
            let path: String
        }
        let sizes: [Size]
        let npath: [Place]
    }

    private static func digest(_ bytes: [UInt8]) -> String { StrictText.hex(SHA256.hash(data: bytes)) }

    @Test func everyTileOfEverySize() async throws {
        let file = try LogVectors.read("tiles.json", as: File.self)
        #expect(file.sizes.count == 13)
        var log = MemoryTiles()
        for vector in file.sizes {
            try log.append((Int(log.size)..<Int(vector.size)).map(LogVectors.entry))
            #expect(log.frontier.root.hex == vector.rootHex)
            let paths = TilePath.paths(to: vector.size)
            #expect(paths.count == vector.count)
            let lines = try paths.map { path in
                let bytes = try #require(log.files[path])
                return "\(path) \(bytes.count) \(Self.digest(bytes))\n"
            }
            // By path alone: a path that another begins with comes before it.
            let sorted = zip(paths.map(\.text), lines).sorted { $0.0 < $1.0 }.map(\.1)
            #expect(Self.digest(Array(sorted.joined().utf8)) == vector.manifestSha256)
            #expect(Set(paths.filter { !$0.isFull }.map(\.text)) == Set(vector.partials))
            for sample in vector.sample {
                let bytes = try #require(log.files[try TilePath(parsing: sample.path)])
                #expect(bytes.count == sample.len && Self.digest(bytes) == sample.sha256)
            }
            #expect(try TileProofs.root(size: vector.size, read: log.read).hex == vector.rootHex)
            #expect(try TileProofs.frontier(size: vector.size, read: log.read) == log.frontier)
        }

        // The published proof file, from the tiles.
        let proof = try TlogProof(parsing: try LogVectors.bytes("entry42.tlog-proof"))
        #expect(try TileProofs.inclusion(index: 42, size: log.size, read: log.read) == proof.hashes)
        let reader = TileReader(source: log, size: log.size, root: log.frontier.root)
        #expect(try await reader.inclusionProof(of: 42) == proof.hashes)
        for (size, bytes) in LogVectors.checkpoints {
            let note = try SignedNote(parsing: bytes)
            let checkpoint = try VerifiedCheckpoint(note, logKey: try LogVectors.key(LogVectors.log))
            #expect(try await reader.hash(of: 0..<size) == checkpoint.root)
            try await reader.checkConsistency(with: (size, checkpoint.root))
            guard size > 0 else { continue }
            let consistency = try await reader.consistencyProof(from: size)
            #expect(try TileProofs.consistency(from: size, to: log.size, read: log.read) == consistency)
            try MerkleProof.verifyConsistency(
                consistency, from: (size, checkpoint.root), to: (log.size, log.frontier.root))
        }
    }

    @Test func numbersArePaths() throws {
        let file = try LogVectors.read("tiles.json", as: File.self)
        #expect(file.npath.count == 8)
        for place in file.npath {
            let path = try #require(TilePath(.entries, number: place.n))
            #expect(path.text == "tile/entries/" + place.path)
            #expect(try TilePath(parsing: path.text) == path)
        }
    }
}
