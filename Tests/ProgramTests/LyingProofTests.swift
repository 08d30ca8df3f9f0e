import Attestations
import Foundation
import Proofs
import Quorum
import TestSupport
import Testing
import TransparencyLog

/// Proof files that were made to deceive, checked by the program.
@Suite("Proof files that lie")
struct LyingProofTests {
    private let log: TestLog
    private let home: Home
    /// The log's entry 3 is alice's statement about path 1.
    private let leaf: [UInt8]

    init() throws {
        log = try TestLog()
        try log.attest(10..<13)
        leaf = try TestLog.attestation(1, by: log.attester).leaf
        try log.append([leaf])
        try log.attest(20..<27)
        home = try Home(policy: try log.policy().text)
    }

    private func container(_ proof: TlogProof, about path: Int = 1) throws -> [UInt8] {
        try ProofContainer(
            subject: TestLog.subject(path), policy: Array(try log.policy().text.utf8), evidence: [.log(proof)]
        ).bytes
    }

    private func verify(_ bytes: [UInt8], _ more: String...) async throws -> Program.Output {
        try home.folder.write("proof", bytes)
        return try await Program.run(["proof", "verify", home.folder.file("proof")] + more, home: home)
    }

    private func note(of log: TestLog, at time: Int64 = Parties.now - 60) throws -> SignedNote {
        try log.note(at: [time, time])
    }

    private func proof(_ index: UInt64 = 3, note: SignedNote? = nil, leaf: [UInt8]? = nil) throws -> TlogProof {
        try TlogProof(
            extra: leaf ?? self.leaf, index: index, hashes: try log.inclusion(of: index),
            checkpoint: try note ?? self.note(of: log))
    }

    @Test("A true one is accepted, from the moment on that enough witnesses had seen the log")
    func truth() async throws {
        let good = try await verify(container(proof()))
        #expect(good.status == 0, "\(good.out)\(good.err)")
        let time = "2026-03-01T00:00:00Z"
        let old = try container(proof(note: note(of: log, at: 1_772_323_200)))
        #expect(try await verify(old, "--as-of", time).status == 0)
        #expect(try await verify(old).status == 0)
        #expect(try await verify(old, "--as-of", "2026-02-28T23:00:00Z").status == 1)
    }

    @Test("The subject is what the builder signed, whatever the file says")
    func swappedSubject() async throws {
        #expect(try await verify(container(proof(), about: 2)).status == 1)
        // In the attestation itself, in a log that holds it.
        let changed = try LyingLogTests.swapped(leaf, TestLog.path(1), TestLog.path(2))
        let index = log.size
        try log.append([changed])
        let output = try await verify(container(proof(index, leaf: changed), about: 2))
        #expect(output.status == 1 && output.out.contains("does not verify"), "\(output.out)")
        // In the proof, whose hashes are those of the true one.
        #expect(try await verify(container(proof(leaf: changed), about: 2)).status == 1)
    }

    @Test("A proof from a log that the policy does not name for the builder is worth nothing")
    func anotherOrigin() async throws {
        let other = try TestLog("mallory.example")
        try other.append([leaf])
        let lone = try TlogProof(extra: leaf, index: 0, hashes: [], checkpoint: other.note(at: []))
        #expect(try await verify(container(lone)).status == 1)
        // Under alice's origin, by mallory's key; and alice's own checkpoint under mallory's name.
        let posing = try other.signer.renamed(log.origin)
        let note = try Checkpoint(origin: log.origin, size: 1, root: other.checkpoint().root).signed(by: posing)
        let lines = try log.witnesses.prefix(2).map { try $0.cosign(note.text, at: UInt64(Parties.now)) }
        let posed = try TlogProof(
            extra: leaf, index: 0, hashes: [], checkpoint: note.signed(note.signatures + lines))
        #expect(try await verify(container(posed)).status == 1)
        let text = try Checkpoint(origin: other.origin, size: log.size, root: log.checkpoint().root)
        #expect(try await verify(container(proof(note: text.signed(by: other.signer)))).status == 1)
        // A log that the policy does name, and not for this builder.
        let both = try log.policy().text.replacingOccurrences(
            of: "quorum ws\n",
            with: "log \(other.signer.key) \(other.url)\nbuilder mallory \(other.builder.key) \(other.url)\nquorum ws\n"
        )
        try home.folder.write("both", both)
        let cosigned = try other.note(at: [Parties.now, Parties.now], by: log.witnesses)
        let replayed = try TlogProof(extra: leaf, index: 0, hashes: [], checkpoint: cosigned)
        let output = try await verify(container(replayed), "--policy", home.folder.file("both"))
        #expect(output.status == 1, "\(output.out)")
    }

    @Test("A proof fits one tree and one place in it")
    func smallerTree() async throws {
        let (early, path) = (try note(of: log), try log.inclusion(of: 3))
        try log.attest(30..<60)
        let late = try note(of: log)
        func proof(_ index: UInt64, _ hashes: [LogHash], _ note: SignedNote) throws -> TlogProof {
            try TlogProof(extra: leaf, index: index, hashes: hashes, checkpoint: note)
        }
        #expect(try await verify(container(proof(3, path, early))).status == 0)
        #expect(try await verify(container(proof(3, log.inclusion(of: 3), late))).status == 0)
        let wrong = [
            try proof(3, path, late), try proof(3, log.inclusion(of: 3), early), try proof(2, path, early),
            try proof(11, path, early), try proof(3, Array(path.dropLast()), early), try proof(3, path + path, early),
            try proof(UInt64(Int64.max), path, early), try proof(3, path.reversed(), early),
        ]
        for (number, proof) in wrong.enumerated() {
            let output = try await verify(container(proof))
            #expect(output.status == 1, "\(number): \(output.out)\(output.err)")
        }
    }

    @Test("Cosignatures that were forged, made twice by one key, or left out do not make a quorum of witnesses")
    func cosignatures() async throws {
        let good = try note(of: log)
        let now = UInt64(Parties.now)
        let renamed = try log.witnesses[0].renamed(log.witnesses[1].key.name)
        let enough = Array(good.signatures.dropLast())
        let seconds: [NoteSignature] = [
            try good.signatures[2].forged, try renamed.cosign(good.text, at: now - 60),
            try log.witnesses[0].cosign(good.text, at: now - 30),
            try log.witnesses[1].cosign(good.text, at: now + 9_000),
        ]
        var wrong = seconds.map { enough + [$0] }
        // Too few, and none of the log itself.
        wrong += [enough, Array(good.signatures.dropFirst())]
        for (number, lines) in wrong.enumerated() {
            let output = try await verify(container(proof(note: good.signed(lines))))
            #expect(output.status == 1, "\(number): \(output.out)")
        }
    }

    @Test("A policy that had expired at the moment asked about accepts nothing")
    func expiredPolicy() async throws {
        let signer = try NoteSigner.generate(name: "anna.example/policy", kind: .ed25519)
        let text =
            "version 1 expires 2026-06-01T00:00:00Z\n" + (try log.policy().text)
            + "signer anna \(signer.key)\nsigned-by anna\n"
        try home.folder.write("expiring", text)
        let file = try container(proof(note: note(of: log, at: 1_772_323_200)))
        let policy = home.folder.file("expiring")
        let before = try await verify(file, "--policy", policy, "--as-of", "2026-05-31T00:00:00Z")
        #expect(before.status == 0, "\(before.out)\(before.err)")
        #expect(try await verify(file, "--policy", policy, "--as-of", "2026-06-02T00:00:00Z").status == 1)
        #expect(try await verify(file, "--policy", policy).status == 1)
    }
}
