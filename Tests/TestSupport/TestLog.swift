package import Attestations
import Foundation
package import Quorum
import StoreFormats
import Synchronization
package import TransparencyLog

/// A builder with a log of its own in a folder, as any static file server may serve it, and its witnesses.
package final class TestLog: Sendable {
    package let folder: TemporaryFolder
    package let origin: String
    package let signer: NoteSigner
    package let builder: NoteSigner
    package let attester: AttestationSigner
    package let witnesses: [NoteSigner]
    private let tiles = Mutex(MemoryTiles())
    private let notes = Mutex<[SignedNote]>([])

    package init(_ name: String = "alice.example", witnesses count: Int = 3) throws {
        folder = try TemporaryFolder()
        origin = "\(name)/log"
        signer = try NoteSigner.generate(name: origin, kind: .ed25519)
        let builder = try NoteSigner.generate(name: name, kind: .ed25519)
        self.builder = builder
        attester = try Self.attester(builder)
        witnesses = try (1...max(count, 1)).prefix(count).map {
            try NoteSigner.generate(name: "w\($0).example/witness", kind: .cosignature)
        }
    }

    package static func attester(_ builder: NoteSigner) throws -> AttestationSigner {
        try AttestationSigner(publicKey: builder.key.publicKey) { try builder.signature(over: $0) }
    }

    package var builderKey: KeyIdentity { Self.identity(builder.key) }
    package var logKey: KeyIdentity { Self.identity(signer.key) }

    package static func identity(_ key: NoteKey) -> KeyIdentity {
        guard let identity = KeyIdentity(algorithm: .ed25519, bytes: key.publicKey) else {
            preconditionFailure("a note key has 32 bytes")
        }
        return identity
    }

    package var url: String { "file://" + folder.path }

    /// A policy that is content with this one builder.
    /// - Parameters:
    ///   - url: Where the log is, for the builder's line.
    ///   - witnessed: How many of the witnesses must have cosigned; nil for `quorum none`.
    package func policy(
        url: String? = nil, witnessed: Int? = 2, witnessURLs: [String?] = [], logURL: String? = nil
    ) throws -> Policy {
        var text = "log \(signer.key) \(logURL ?? url ?? self.url)\nbuilder desk \(builder.key) \(url ?? self.url)\n"
        for (number, witness) in witnesses.enumerated() {
            let url = witnessURLs.indices.contains(number) ? witnessURLs[number] : nil
            text += "witness w\(number + 1) \(witness.key)\(url.map { " \($0)" } ?? "")\n"
        }
        if let witnessed {
            text +=
                "group ws \(witnessed) \(witnesses.indices.map { "w\($0 + 1)" }.joined(separator: " "))\nquorum ws\n"
        } else {
            text += "quorum none\n"
        }
        return try Policy.parse(text + "quorum nix desk\n")
    }

    // MARK: - Entries

    /// A store path by a number.
    package static func path(_ number: Int) -> String {
        let digits = String(number, radix: 10)
        return "/nix/store/" + String(repeating: "0", count: 32 - digits.count) + digits + "-pkg-\(number)"
    }

    package static func subject(_ number: Int) -> Subject { .storePath(path(number)) }

    /// An attestation that building a path gave a NAR with a digest of one byte repeated.
    package static func attestation(
        _ number: Int, byte: UInt8 = 1, references: [String] = [], by attester: AttestationSigner
    ) throws -> SignedAttestation {
        let path = try StorePath(path(number))
        let output = BuiltOutput(
            name: "out", path: path, narHash: try narHash(byte), narSize: 120,
            references: try ReferenceList(references.map { try StorePath($0) }))
        return try ProvenanceStatement(
            derivation: try derivation(path), outputs: [output], inputs: nil,
            startedOn: Timestamp(secondsSince1970: 1_799_000_000)
        ).sign(by: attester)
    }

    package static func failure(_ number: Int, by attester: AttestationSigner) throws -> SignedAttestation {
        let path = try StorePath(path(number))
        return try FailureStatement(
            derivation: try derivation(path), paths: [path], reason: "exit 1", inputs: nil,
            startedOn: Timestamp(secondsSince1970: 1_799_000_000)
        ).sign(by: attester)
    }

    private static func derivation(_ path: StorePath) throws -> BuiltDerivation {
        try BuiltDerivation(
            path: try StorePath(path.path + ".drv"), sha256: try digest(7), system: "x86_64-linux")
    }

    package struct Oddity: Error {
        package init() {}
    }

    package static func digest(_ byte: UInt8) throws -> Digest256 {
        guard let digest = Digest256([UInt8](repeating: byte, count: 32)) else { throw Oddity() }
        return digest
    }

    private static func narHash(_ byte: UInt8) throws -> NarHash {
        guard let hash = NarHash([UInt8](repeating: byte, count: 32)) else { throw Oddity() }
        return hash
    }

    /// Appends attestations of paths by number.
    package func attest(_ numbers: some Sequence<Int>, byte: UInt8 = 1) throws {
        try append(numbers.map { try Self.attestation($0, byte: byte, by: attester).leaf })
    }

    package func append(_ leaves: [[UInt8]]) throws { try tiles.withLock { try $0.append(leaves) } }

    package var size: UInt64 { tiles.withLock { $0.size } }

    /// The inclusion proof of an entry in the tree of everything appended.
    package func inclusion(of index: UInt64) throws -> [LogHash] {
        let tiles = tiles.withLock { $0 }
        return try TileProofs.inclusion(index: index, size: tiles.size) { tiles.read($0) }
    }

    /// The proof that the tree of the first entries is a part of that of everything appended.
    package func consistency(from size: UInt64) throws -> [LogHash] {
        let tiles = tiles.withLock { $0 }
        return try TileProofs.consistency(from: size, to: tiles.size) { tiles.read($0) }
    }

    /// A log with the same keys and entries so far, which goes its own way from here: what a fork is.
    package func twin() throws -> TestLog { try TestLog(copying: self) }

    private convenience init(copying other: TestLog) throws {
        try self.init(keysOf: other)
        let copied = other.tiles.withLock { $0 }
        tiles.withLock { $0 = copied }
    }

    package init(keysOf other: TestLog) throws {
        folder = try TemporaryFolder()
        origin = other.origin
        signer = other.signer
        builder = other.builder
        attester = other.attester
        witnesses = other.witnesses
    }

    // MARK: - Publishing

    /// The checkpoint over everything appended.
    package func checkpoint() throws -> Checkpoint {
        let (size, root) = tiles.withLock { ($0.size, $0.frontier.root) }
        return try Checkpoint(origin: origin, size: size, root: root)
    }

    /// A checkpoint's note with cosignatures at moments, one for each witness that signs.
    package func note(at times: [Int64], by signers: [NoteSigner]? = nil) throws -> SignedNote {
        let checkpoint = try checkpoint()
        let note = try checkpoint.signed(by: signer)
        let lines = try zip(signers ?? witnesses, times).map { try $0.cosign(checkpoint.text, at: UInt64($1)) }
        return try SignedNote(text: note.text, signatures: note.signatures + lines)
    }

    /// Writes what changed into the folder, the checkpoint last.
    @discardableResult
    package func publish(at time: Int64 = 1_800_000_000, by count: Int = 2) throws -> SignedNote {
        for (path, bytes) in tiles.withLock({ $0.files }) {
            guard !FileManager.default.fileExists(atPath: folder.file(path.text)) else { continue }
            try folder.write(path.text, bytes)
        }
        let note = try note(at: Array(repeating: time, count: min(count, witnesses.count)))
        try folder.write("checkpoint", note.bytes)
        notes.withLock { $0.append(note) }
        return note
    }

    /// Shows an older state.
    package func show(_ note: SignedNote) throws { try folder.write("checkpoint", note.bytes) }
}
