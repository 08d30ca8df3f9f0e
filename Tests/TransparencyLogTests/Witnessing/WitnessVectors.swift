import Foundation
import Testing

@testable import TransparencyLog

/// The vectors of tlog-witness and tlog-mirror that are kept beside these tests.
enum WitnessVectors {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Vectors")

    static func bytes(_ name: String) throws -> [UInt8] {
        try Array(Data(contentsOf: folder.appendingPathComponent(name)))
    }

    struct Key: Decodable {
        let seedHex: String
        let sigtype: UInt8
        let vkey: String
    }

    struct Transcript: Decodable {
        struct Step: Decodable {
            let step: String
            let fresh: Bool?
            let body: String
            let status: Int
            let response: String?
        }
        let logVkey: String
        let witnessVkey: String
        let steps: [Step]
    }

    struct Upload: Decodable {
        let checkpoint: String
        let len: Int
    }

    static func decode<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(bytes(name)))
    }

    static func signer(_ name: String) throws -> NoteSigner {
        let key = try #require(try decode("keys.json", as: [String: Key].self)[name])
        let seed = try #require(StrictText.decodeHex(key.seedHex.utf8))
        let signer = try NoteSigner(
            name: name, kind: try #require(NoteKey.Kind(rawValue: key.sigtype)), seed: seed)
        #expect(signer.key.text == key.vkey)
        return signer
    }

    /// The entries of the log that the vectors are made from.
    static func entry(_ index: Int) -> [UInt8] { Array("{\"i\":\(index),\"v\":\"rebuild-vector\"}".utf8) }
}

/// A log in memory that can sign any of its sizes, and others that it never had.
struct SmallLog: Sendable {
    let signer: NoteSigner
    let entries: [[UInt8]]
    let leaves: [LogHash]

    init(_ signer: NoteSigner, count: Int, entry: (Int) -> [UInt8] = WitnessVectors.entry) {
        self.signer = signer
        entries = (0..<count).map(entry)
        leaves = entries.map { MerkleHash.leaf($0) }
    }

    /// One with a key of its own.
    init(named name: String = "log.example/small", count: Int, entry: (Int) -> [UInt8] = WitnessVectors.entry) throws {
        self.init(try NoteSigner.generate(name: name, kind: .ed25519), count: count, entry: entry)
    }

    var key: NoteKey { signer.key }
    var origin: String { signer.key.name }

    /// The tiles of the tree of a size, all parts included that a log would have.
    func tiles(_ size: Int) throws -> MemoryTiles {
        var tiles = MemoryTiles()
        try tiles.append(Array(entries.prefix(size)))
        return tiles
    }

    func checkpoint(_ size: Int) throws -> Checkpoint {
        try Checkpoint(origin: origin, size: UInt64(size), root: MerkleHash.root(of: leaves.prefix(size)))
    }

    func verified(_ size: Int) throws -> VerifiedCheckpoint {
        try VerifiedCheckpoint(signing: checkpoint(size), by: signer)
    }

    func consistency(_ old: Int, _ new: Int) throws -> [LogHash] {
        guard old > 0, old < new else { return [] }
        let tiles = try tiles(new)
        return try TileProofs.consistency(from: UInt64(old), to: UInt64(new)) { tiles.read($0) }
    }

    /// An add-checkpoint body from one size to another.
    func body(_ old: Int, _ new: Int) throws -> [UInt8] {
        AddCheckpointRequest(
            oldSize: UInt64(old), proof: try consistency(old, new), note: try checkpoint(new).signed(by: signer)
        ).bytes
    }

    /// An add-entries body; with fewer packages than the range has where `packages` says so.
    func upload(
        _ start: Int, _ end: Int, ticket: [UInt8] = [], packages: Int = .max
    ) throws -> [UInt8] {
        var body = try AddEntriesHeader(
            origin: origin, start: UInt64(start), end: UInt64(end), ticket: ticket
        ).bytes
        let tiles = try tiles(end)
        var position = UInt64(start)
        var count = 0
        while position < UInt64(end), count < packages {
            let range = EntryPackage.range(from: position, upTo: UInt64(end))
            let bare = EntryPackage(range: range, entries: [], proof: [])
            let proof = try TileProofs.subtree(bare.subtree, size: UInt64(end)) { tiles.read($0) }
            let sent = Array(entries[Int(range.lowerBound)..<Int(range.upperBound)])
            body += try EntryPackage(range: range, entries: sent, proof: proof).encoded()
            position = range.upperBound
            count += 1
        }
        return body
    }
}

extension AddCheckpointAnswer {
    /// The HTTP status that the protocol gives it.
    var status: Int {
        switch self {
        case .accepted: 200
        case .malformed: 400
        case .forbidden: 403
        case .unknownLog: 404
        case .conflict: 409
        case .unprocessable: 422
        case .tooMany: 429
        }
    }
}

extension AddEntriesAnswer {
    /// The HTTP status that the protocol gives it.
    var status: Int {
        switch self {
        case .cosigned: 200
        case .accepted: 202
        case .malformed: 400
        case .unknownLog: 404
        case .conflict: 409
        case .unprocessable: 422
        }
    }

    var info: MirrorInfo? {
        switch self {
        case .accepted(let info), .conflict(let info): info
        default: nil
        }
    }
}
