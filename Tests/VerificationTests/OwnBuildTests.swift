import ClaimSources
import Foundation
import GRDB
import Ledger
import LedgerSQLite
import Quorum
import StoreFormats
import TestSupport
import Testing
import TransparencyLog

@testable import Verification

/// Builds of this machine, recorded as `quorate rebuild` does.
struct OwnBuildTests {
    private let key: NixSecretKey
    private let identity: KeyIdentity
    private let path = "/nix/store/0c5ksl9qdnq1z7ab0v4rmvllqkmlb2n5-hello-1.0"

    init() throws {
        key = try NixSecretKey.generate(name: "quorate-builder-1")
        identity = try #require(KeyIdentity(algorithm: .ed25519, bytes: key.publicKey.bytes))
    }

    private var line: String { NoteKey(key.publicKey).map { "builder here \($0)\n" } ?? "" }

    private func record(_ result: BuildRecord.Result, by signer: NixSecretKey? = nil) throws -> NewClaim {
        let record = BuildRecord(
            path: try StorePath(path), derivation: try StorePath(path + ".drv"), result: result, inputs: [], log: nil,
            time: Timestamp(secondsSince1970: 1_800_000_000))
        let note = try BuildEvidence.sign(record, with: signer ?? key)
        let identity = try #require(KeyIdentity(algorithm: .ed25519, bytes: (signer ?? key).publicKey.bytes))
        return NewClaim(
            claim: try BuildEvidence.claim(
                note, by: identity, source: "own-build", at: Timestamp(secondsSince1970: 1_800_000_001)),
            evidence: note)
    }

    private func built(_ byte: UInt8) throws -> BuildRecord.Result {
        .built(narHash: try #require(NarHash([UInt8](repeating: byte, count: 32))), narSize: 120, references: [])
    }

    /// The verdict's word under a policy that is content with this machine's builder.
    private func word(
        _ claims: [NewClaim], line: String? = nil,
        after change: @escaping @Sendable (Database) throws -> Void = { _ in }
    ) async throws -> (word: String?, notes: [String]) {
        let policy = (line ?? self.line) + "quorum nix here\n"
        let subject = Subject.storePath(path)
        return try await Scene.run { scene in
            try await scene.ledger().record(LedgerBatch(claims: claims))
            try await DatabaseQueue(path: scene.ledgerPath).write(change)
            return try await scene.withInquirer(editing: { _ in policy }) { inquirer in
                let key = LookupKey(subject)
                let result = await inquirer.inquire([key], subjects: [key: [subject]])
                return (result.findings.first?.verdict(on: subject)?.status.word, inquirer.caches.notes)
            }
        }
    }

    @Test func countsUnderItsOwnLine() async throws {
        let (word, notes) = try await word([record(built(1))])
        #expect(word == "quorate")
        #expect(notes == [])
    }

    @Test func failuresAndDifferencesAreShown() async throws {
        #expect(try await word([record(.failed("exit 1"))]).word == "short")
        #expect(try await word([record(built(1)), record(.failed("exit 1"))]).word == "quorate")
        #expect(try await word([record(built(1)), record(built(2))]).word == "conflict")
    }

    @Test func othersDoNotCount() async throws {
        let other = try NixSecretKey.generate(name: "quorate-builder-1")
        #expect(try await word([record(built(1), by: other)]).word == "unclaimed")
    }

    @Test func isProvenAnewWithoutItsSeal() async throws {
        let claim = try record(built(1))
        #expect(try await word([claim]) { try $0.execute(sql: "UPDATE claim SET seal = NULL") }.word == "quorate")
        let forged = try await word([claim]) {
            try $0.execute(sql: "UPDATE claim SET seal = NULL; UPDATE evidence SET items = x'00'")
        }
        #expect(forged.word == "unclaimed")
    }

    @Test func itsLogIsAnotherMatter() async throws {
        let line = String(line.dropLast()) + " https://here.example/log\n"
        #expect(try await word([record(built(1))], line: line).word == "quorate")
    }
}
