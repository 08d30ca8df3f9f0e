import Attestations
import Crypto
import Proofs
import Quorum
import StoreFormats
import TransparencyLog

/// Figure 9: claims read from a log's leaves on one core, and a proof file with three builders.
struct FigureProof {
    let bench: Bench

    private static let leafCount = 3000
    private static let referenceCount = 6
    private static let time: UInt64 = 1_800_000_000

    private struct Builder {
        let vkey: String
        let signer: AttestationSigner
        let log: NoteSigner

        init(_ name: String, _ number: UInt8) throws {
            let key = try NoteSigner(name: "\(name).example", kind: .ed25519, seed: Self.seed(number))
            vkey = key.key.text
            signer = try AttestationSigner(publicKey: key.key.publicKey) { try key.signature(over: $0) }
            log = try NoteSigner(name: "\(name).example/log", kind: .ed25519, seed: Self.seed(number + 100))
        }

        static func seed(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: 32) }
    }

    func run() throws {
        try readLeaves()
        try checkProof()
    }

    // MARK: - Leaves

    private func readLeaves() throws {
        let builder = try Builder("alice", 1)
        let leaves = try (0..<Self.leafCount).map { try Self.leaf(by: builder, number: $0) }
        let reader = AttestationReader(keys: [builder.signer.key.identity])
        let log = builder.signer.key.identity
        let messages = try leaves.map { leaf in
            let envelope = try Envelope(parsing: leaf)
            return (
                envelope.signature,
                PreAuthenticationEncoding.encode(type: Envelope.payloadType, body: envelope.payload)
            )
        }
        let key = try Curve25519.Signing.PublicKey(rawRepresentation: log.bytes)
        var whole = Samples()
        var bare = Samples()
        for _ in 0..<bench.runs {
            let signatures = Stopwatch()
            let valid = messages.count { key.isValidSignature($0.0, for: $0.1) }
            bare.add(Double(valid) / signatures.seconds)
            try demand(valid == leaves.count, "\(valid) of \(leaves.count) signatures are valid")
            let reading = Stopwatch()
            var claims = 0
            for leaf in leaves {
                guard let attestation = try reader.read(leaf) else { continue }
                claims += try attestation.claims(
                    log: log, source: "alice.example/log", observedAt: Timestamp(secondsSince1970: 0)
                ).count
            }
            whole.add(Double(claims) / reading.seconds)
            try demand(claims == leaves.count, "\(claims) claims in \(leaves.count) leaves")
        }
        bench.report.single(
            "9 claims read from leaves, one core", whole, .perSecond, .atLeast(15_000),
            note: "\(leaves[0].count) bytes, \(Self.referenceCount) references")
        bench.report.compare(
            "9 the same beside the bare signatures", whole, "Ed25519 alone", bare, .perSecond,
            ratio: whole.median / bare.median, nil)
    }

    private static func leaf(by builder: Builder, number: Int) throws -> [UInt8] {
        guard let digest = Digest256([UInt8](repeating: 7, count: 32)), let narHash = NarHash(digest.bytes) else {
            throw BenchError("a digest has 32 bytes")
        }
        let derivation = try BuiltDerivation(
            path: path(number, "hello-2.12.1.drv"), sha256: digest, system: "x86_64-linux")
        let references = try (0..<referenceCount).map { try path(60_000 + $0, "a-library-of-usual-length-1.2.3") }
        let output = BuiltOutput(
            name: "out", path: try path(number, "hello-2.12.1"), narHash: narHash, narSize: 226_560,
            references: try ReferenceList(references))
        return try ProvenanceStatement(
            derivation: derivation, outputs: [output], inputs: digest,
            startedOn: Timestamp(secondsSince1970: Int64(time))
        ).sign(by: builder.signer).leaf
    }

    private static func path(_ number: Int, _ name: String) throws -> StorePath {
        let hash = [UInt8](repeating: 0, count: 18) + [UInt8(number >> 8 & 0xFF), UInt8(number & 0xFF)]
        return try StorePath(hashPart: hash, name: name, in: .nix)
    }

    // MARK: - Proof file

    private func checkProof() throws {
        let builders = try ["alice", "bob", "carol"].enumerated().map { try Builder($1, UInt8($0 + 1)) }
        let witnesses = try (0..<2).map {
            try NoteSigner(name: "w\($0).example", kind: .cosignature, seed: Builder.seed(UInt8(50 + $0)))
        }
        var text = ""
        for (name, builder) in zip(["alice", "bob", "carol"], builders) {
            text += "log \(builder.log.key.text)\nbuilder \(name) \(builder.vkey) \(builder.log.key.name)\n"
        }
        for (index, witness) in witnesses.enumerated() { text += "witness w\(index) \(witness.key.text)\n" }
        text += "group ws all w0 w1\nquorum ws\ngroup voters all alice bob carol\nquorum nix voters\n"
        let policy = try Policy.parse(text)
        let file = try ProofContainer(
            subject: .storePath(Self.path(5, "hello-2.12.1").path), policy: Array(text.utf8),
            evidence: builders.map { .log(try Self.proof(by: $0, witnesses: witnesses)) }
        ).bytes
        var samples = Samples()
        for _ in 0..<bench.runs {
            let watch = Stopwatch()
            let context = TallyContext(now: Timestamp(secondsSince1970: Int64(Self.time) + 60))
            let report = ProofVerifier(policy: policy, context: context).verify(try ProofContainer(parsing: file))
            samples.add(watch.seconds)
            try demand(report.isReproduced, "the proof file says \(report.verdict.status.word)")
        }
        bench.report.single(
            "9 proof file of 3 builders checked offline", samples, .milliseconds, .atMost(0.005),
            note: "\(file.count) bytes, 2 witnesses")
    }

    private static func proof(by builder: Builder, witnesses: [NoteSigner]) throws -> TlogProof {
        let leaf = try leaf(by: builder, number: 5)
        var tiles = MemoryTiles()
        try tiles.append((0..<1000).map { $0 == 5 ? leaf : Array("other \($0)".utf8) })
        let checkpoint = try Checkpoint(origin: builder.log.key.name, size: tiles.size, root: tiles.frontier.root)
        var signatures = [try builder.log.sign(checkpoint.text)]
        for witness in witnesses { signatures.append(try witness.cosign(checkpoint.text, at: time)) }
        return try TlogProof(
            extra: leaf, index: 5,
            hashes: try TileProofs.inclusion(index: 5, size: tiles.size) { tiles.read($0) },
            checkpoint: try SignedNote(text: checkpoint.text, signatures: signatures))
    }
}
