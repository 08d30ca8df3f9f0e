import Foundation
import TransparencyLog

/// The files of `Vectors`; see the README.md there.
enum LogVectors {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Vectors")

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appendingPathComponent(name)))
    }

    static func read<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(try bytes(name)))
    }

    struct Key: Decodable {
        let seedHex: String
        let publicHex: String
        let sigtype: UInt8
        let keyid: String
        let vkey: String
    }

    static let keys: [String: Key] = (try? read("keys.json")) ?? [:]
    static let log = "log.example.org/rebuild/1"
    static let firstWitness = "witness.example.org/w1"
    static let secondWitness = "witness.example.org/w2"
    static let mirror = "mirror.example.org/m1"

    static func key(_ name: String) throws -> NoteKey { try NoteKey(keys[name]?.vkey ?? "") }

    static func signer(_ name: String) throws -> NoteSigner {
        let key = try key(name)
        return try NoteSigner(name: name, kind: key.kind, seed: hex(keys[name]?.seedHex ?? ""))
    }

    static func witnesses() throws -> [NoteKey] { [try key(firstWitness), try key(secondWitness)] }

    /// The entry of an index in the log of `tiles.json`, `checkpoints.json` and `entry42.tlog-proof`.
    static func entry(_ index: Int) -> [UInt8] { Array("{\"i\":\(index),\"v\":\"rebuild-vector\"}".utf8) }

    private struct Checkpoints: Decodable {
        struct Entry: Decodable {
            let size: UInt64
            let checkpoint: String
        }
        let checkpoints: [Entry]
    }

    /// The signed and cosigned checkpoints, by size.
    static let checkpoints: [UInt64: [UInt8]] = {
        guard let file = try? read("checkpoints.json", as: Checkpoints.self) else { return [:] }
        return Dictionary(uniqueKeysWithValues: file.checkpoints.map { ($0.size, Array($0.checkpoint.utf8)) })
    }()

    static func hex(_ text: String) -> [UInt8] { StrictText.decodeHex(text.utf8) ?? [] }
    static func hash(_ text: String) -> LogHash { LogHash(hex: text) ?? MerkleHash.empty }
}

/// Runs something that must fail, and gives its code; nil when it succeeds.
func refusal<Value>(_ body: () throws -> Value) -> TransparencyLogError.Code? {
    do {
        _ = try body()
        return nil
    } catch let error as TransparencyLogError {
        return error.code
    } catch {
        return TransparencyLogError.Code("another error")
    }
}

/// The same for what waits.
func refusal<Value>(_ body: () async throws -> Value) async -> TransparencyLogError.Code? {
    do {
        _ = try await body()
        return nil
    } catch let error as TransparencyLogError {
        return error.code
    } catch {
        return TransparencyLogError.Code("another error")
    }
}
