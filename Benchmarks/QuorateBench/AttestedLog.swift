import Attestations
import Quorum
import StoreFormats
import Synchronization
import TransparencyLog

/// A log of attestations in a folder: every entry another path, signed by one builder.
struct AttestedLog {
    let folder: String
    let size: UInt64
    let signer: NoteSigner
    let builder: NoteSigner

    private static let referenceCount = 6
    /// Numbers below it are of libraries that references are drawn from, those from it on of what was built.
    private static let libraryCount = 5000

    /// Writes the log, unless it is there.
    /// - Parameter size: Entries, a multiple of 256.
    init(_ folder: String, size: UInt64) async throws {
        self.folder = folder
        self.size = size
        signer = try NoteSigner(name: "bench.example/log", kind: .ed25519, seed: [UInt8](repeating: 5, count: 32))
        builder = try NoteSigner(name: "bench.example", kind: .ed25519, seed: [UInt8](repeating: 6, count: 32))
        let files = try WorkFolder(folder)
        guard !files.exists("entries-\(size)") else { return }
        Report.say("writing a log of \(size) attestations …")
        let root = try await write(to: files)
        let note = try Checkpoint(origin: signer.key.name, size: size, root: root).signed(by: signer)
        try files.write(note.bytes, to: "checkpoint")
        try files.write([], to: "entries-\(size)")
    }

    /// What counts the builder's claims; no witness has seen the log.
    var policy: Policy {
        get throws {
            try Policy.parse(
                "log \(signer.key) file://\(folder)\nquorum none\nbuilder desk \(builder.key) file://\(folder)\n"
                    + "quorum nix desk\n")
        }
    }

    private func write(to files: WorkFolder) async throws -> LogHash {
        let builder = builder
        let attester = try AttestationSigner(publicKey: builder.key.publicKey) { try builder.signature(over: $0) }
        let width = UInt64(TilePath.fullWidth)
        // The roots of full tiles of one level are the hashes of the next.
        var hashes = [LogHash?](repeating: nil, count: Int(size / width))
        try await withThrowingTaskGroup(of: (UInt64, LogHash).self) { group in
            var next: UInt64 = 0
            func start() {
                let number = next
                next += 1
                group.addTask { (number, try Self.writeBundle(number, by: attester, to: files)) }
            }
            while next < min(4, size / width) { start() }
            while let (number, hash) = try await group.next() {
                hashes[Int(number)] = hash
                if next < size / width { start() }
            }
        }
        var frontier = Frontier()
        var level = hashes.compactMap(\.self)
        for hash in level where !frontier.append(subtree: hash, height: 8) { throw BenchError("a log out of order") }
        var height = 1
        while !level.isEmpty {
            var above: [LogHash] = []
            for (number, start) in stride(from: 0, to: level.count, by: TilePath.fullWidth).enumerated() {
                let part = Array(level[start..<min(start + TilePath.fullWidth, level.count)])
                guard let tile = HashTile(part),
                    let path = TilePath(.hashes(level: height), number: UInt64(number), width: part.count)
                else { throw BenchError("a tile of \(part.count) hashes") }
                try files.writeWithFolder(tile.bytes, to: path.text)
                if let root = tile.fullRoot { above.append(root) }
            }
            level = above
            height += 1
        }
        return frontier.root
    }

    private static func writeBundle(
        _ number: UInt64, by attester: AttestationSigner, to files: WorkFolder
    ) throws -> LogHash {
        let first = Int(number) * TilePath.fullWidth
        let leaves = try (first..<(first + TilePath.fullWidth)).map { try leaf(by: attester, number: $0) }
        guard let tile = HashTile(leaves.map { MerkleHash.leaf($0) }), let root = tile.fullRoot,
            let entries = TilePath(.entries, number: number), let hashes = TilePath(.hashes(level: 0), number: number)
        else { throw BenchError("no tile \(number)") }
        try files.writeWithFolder(try EntryBundle.encode(leaves), to: entries.text)
        try files.writeWithFolder(tile.bytes, to: hashes.text)
        return root
    }

    private static func leaf(by attester: AttestationSigner, number: Int) throws -> [UInt8] {
        var random = Draw(state: UInt64(number))
        guard let source = Digest256(random.bytes(32)), let inputs = Digest256(random.bytes(32)),
            let narHash = NarHash(random.bytes(32))
        else { throw BenchError("a digest has 32 bytes") }
        // Some libraries are referred to by many, most by few.
        let references = try Set((0..<referenceCount).map { _ in Int(random.next() % 70) * Int(random.next() % 71) })
            .map { try path($0, "a-library-of-usual-length-1.\($0 % 90).3") }
        let name = "hello-\(number % 7).\(number % 50).\(number % 13)"
        let output = BuiltOutput(
            name: "out", path: try path(libraryCount + number, name), narHash: narHash,
            narSize: 500 + random.next() % 9_000_000, references: try ReferenceList(references))
        return try ProvenanceStatement(
            derivation: try BuiltDerivation(
                path: try path(-1 - number, name + ".drv"), sha256: source, system: "x86_64-linux"),
            outputs: [output], inputs: inputs,
            startedOn: Timestamp(secondsSince1970: 1_800_000_000 + Int64(number / 10))
        ).sign(by: attester).leaf
    }

    /// Spread like real hash parts, so that the ledger's index is met everywhere.
    private static func path(_ number: Int, _ name: String) throws -> StorePath {
        var random = Draw(state: ~UInt64(bitPattern: Int64(number)))
        return try StorePath(hashPart: random.bytes(20), name: name, in: .nix)
    }

    /// Bytes as if by chance, the same for the same beginning (SplitMix64).
    private struct Draw {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = state
            word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            return word ^ (word >> 31)
        }

        mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }
    }
}
