import Attestations
import Foundation
import Proofs
import Quorum
import StoreFormats
import TransparencyLog

/// Builders with logs, witnesses, a cache and a rebuilder, made of small numbers: the same in every run.
struct World {
    static let now = Timestamp(secondsSince1970: 1_800_000_000)

    struct Builder {
        let name: String
        let signer: AttestationSigner
        let vkey: String
        let log: NoteSigner

        init(_ name: String, _ number: UInt8) throws {
            self.name = name
            let note = try NoteSigner(
                name: "\(name).example/builder", kind: .ed25519, seed: [UInt8](repeating: number, count: 32))
            signer = try AttestationSigner(publicKey: note.key.publicKey) { try note.signature(over: $0) }
            vkey = note.key.text
            log = try NoteSigner(
                name: "\(name).example/log", kind: .ed25519, seed: [UInt8](repeating: number + 100, count: 32))
        }
    }

    let builders: [Builder]
    let witnesses: [NoteSigner]
    let cache: NixSecretKey
    let rebuilder: AttestationSigner

    init() throws {
        builders = try [Builder("alice", 1), Builder("bob", 2), Builder("carol", 3)]
        witnesses = try (0..<2).map {
            try NoteSigner(
                name: "w\($0).example", kind: .cosignature, seed: [UInt8](repeating: 50 + UInt8($0), count: 32))
        }
        cache = try NixSecretKey(
            parsing:
                "cache.example-1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8DoQe/884Qvh1w3RjnS8CZZ+TWMJulDV8d3IZkElUxuA=="
        )
        rebuilder = try Builder("rebuilder", 4).signer
    }

    /// The lines of a policy; those of the group and the quorum come last.
    func policyText(
        threshold: String = "2", members: String = "alice bob carol", extra: String = "", witnesses count: Int = 2
    ) -> String {
        var text = ""
        for builder in builders {
            text += "log \(builder.log.key.text) https://\(builder.log.key.name)\n"
            text += "builder \(builder.name) \(builder.vkey) https://\(builder.log.key.name)\n"
        }
        for (index, witness) in witnesses.enumerated() { text += "witness w\(index) \(witness.key.text)\n" }
        text += count == 0 ? "quorum none\n" : "group ws \(count) w0 w1\nquorum ws\n"
        text += "cache depot nix \(cache.publicKey) https://cache.example\n"
        text += "rebuilder debs \(Base16.encode(rebuilder.key.identity.bytes)) https://debs.example\n"
        return text + extra + "group voters \(threshold) \(members)\nquorum nix voters\n"
    }

    func policy(_ text: String? = nil) throws -> Policy { try Policy.parse(text ?? policyText()) }

    static func path(_ number: Int, _ name: String) throws -> StorePath {
        try StorePath(
            hashPart: [UInt8](repeating: 0, count: 18) + [UInt8(number >> 8), UInt8(number & 0xFF)], name: name,
            in: .nix)
    }

    static func subject() throws -> Subject { .storePath(try path(2, "hello-2.12.1").path) }

    static func narHash(_ byte: UInt8) throws -> NarHash {
        guard let hash = NarHash([UInt8](repeating: byte, count: 32)) else { throw Trouble() }
        return hash
    }

    struct Trouble: Error {}

    func attestation(
        by builder: Int, hash: UInt8 = 7, references: Int = 2, name: String = "hello-2.12.1"
    ) throws -> SignedAttestation {
        guard let digest = Digest256([UInt8](repeating: 0xDD, count: 32)) else { throw Trouble() }
        let derivation = try BuiltDerivation(
            path: World.path(1, "\(name).drv"), sha256: digest, system: "x86_64-linux")
        let list = try ReferenceList((0..<references).map { try World.path(100 + $0, "lib") })
        let output = BuiltOutput(
            name: "out", path: try World.path(2, name), narHash: try World.narHash(hash), narSize: 1000,
            references: list)
        return try ProvenanceStatement(
            derivation: derivation, outputs: [output], inputs: digest,
            startedOn: Timestamp(secondsSince1970: 1_700_000_000)
        ).sign(by: builders[builder].signer)
    }

    /// A proof that a builder's log holds a leaf, among others.
    ///
    /// - Parameters:
    ///   - times: When each witness cosigned; nil for one that did not.
    ///   - index: Where the leaf stands.
    func proof(
        of leaf: [UInt8], in builder: Int, index: UInt64 = 3, size: Int = 11,
        times: [UInt64?] = [1_799_900_000, 1_799_950_000], log: NoteSigner? = nil
    ) throws -> TlogProof {
        var tiles = MemoryTiles()
        try tiles.append((0..<size).map { UInt64($0) == index ? leaf : Array("other \($0)".utf8) })
        let signer = log ?? builders[builder].log
        let checkpoint = try Checkpoint(origin: signer.key.name, size: tiles.size, root: tiles.frontier.root)
        var signatures = [try signer.sign(checkpoint.text)]
        for (witness, time) in zip(witnesses, times) {
            if let time { signatures.append(try witness.cosign(checkpoint.text, at: time)) }
        }
        let note = try SignedNote(text: checkpoint.text, signatures: signatures)
        let hashes = try TileProofs.inclusion(index: index, size: tiles.size) { tiles.read($0) }
        return try TlogProof(extra: leaf, index: index, hashes: hashes, checkpoint: note)
    }

    func evidence(by builder: Int, hash: UInt8 = 7) throws -> ProofEvidence {
        .log(try proof(of: attestation(by: builder, hash: hash).leaf, in: builder))
    }

    func cacheEvidence(hash: UInt8 = 7) throws -> CacheEvidence {
        let references = try [World.path(100, "lib"), World.path(101, "lib")]
        let info = try NarInfo(
            storePath: World.path(2, "hello-2.12.1"), url: "nar/x.nar", compression: .none, fileHash: nil,
            fileSize: nil,
            narHash: World.narHash(hash), narSize: 1000, references: references, deriver: nil,
            signatures: [], contentAddress: nil, unknownFields: [])
        return CacheEvidence(info, signature: try cache.sign(info.fingerprint))
    }

    func container(_ evidence: [ProofEvidence], references: [ReferenceList] = []) throws -> ProofContainer {
        try ProofContainer(
            subject: World.subject(), policy: Array(policyText().utf8), references: references, evidence: evidence)
    }

    func verify(
        _ evidence: [ProofEvidence], references: [ReferenceList] = [], policy: String? = nil, at time: Timestamp = now,
        contents: ProofContents? = nil
    ) throws -> ProofReport {
        let verifier = ProofVerifier(policy: try self.policy(policy), context: TallyContext(now: time))
        return verifier.verify(try container(evidence, references: references), contents: contents)
    }

    static func vector(_ name: String) throws -> [UInt8] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return [UInt8](try Data(contentsOf: folder.appendingPathComponent("Vectors/\(name)")))
    }
}

extension EvidenceReport {
    /// Why it was refused; empty when it was not.
    var refusal: String { if case .refused(let why) = result { why } else { "" } }
}
