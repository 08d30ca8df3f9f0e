import Foundation
import GRDB
import Ledger
import LedgerSQLite
import Quorum
import TestSupport
import Testing
import Verification

/// Whoever can write the database can forget things, and nothing more.
struct UntrustedLedgerTests {
    /// Asks once, lets `change` loose on the database, and asks again with all caches silent.
    private func words(
        _ hashPart: String, after change: @escaping @Sendable (Database) throws -> Void
    ) async throws -> [String] {
        try await Scene.run { scene in
            try await scene.withInquirer { _ = await $0.ask(hashPart) }
            try await DatabaseQueue(path: scene.ledgerPath).write(change)
            scene.hang(["a", "b", "c"])
            return try await scene.withInquirer(answerTime: .milliseconds(100)) { await $0.ask(hashPart).finding.words }
        }
    }

    @Test func believesProvenRowsWithoutASeal() async throws {
        #expect(try await words(Paths.repro) { try $0.execute(sql: "UPDATE claim SET seal = NULL") } == ["quorate"])
        #expect(try await words(Paths.repro) { try $0.execute(sql: "UPDATE claim SET seal = x'00'") } == ["quorate"])
    }

    @Test func believesNothingWithoutSealOrEvidence() async throws {
        let words = try await words(Paths.repro) {
            try $0.execute(sql: "UPDATE claim SET seal = NULL; UPDATE evidence SET items = x'00'")
        }
        #expect(words.isEmpty, "nobody claims anything")
    }

    /// c's claim, rewritten so that it says what b says; its evidence still says what c said.
    @Test func believesNoClaimThatItsEvidenceDoesNotShow() async throws {
        try await Scene.run { scene in
            try await scene.withInquirer { _ = await $0.ask(Paths.timestamp) }
            let key = Paths.key(Paths.timestamp)
            let records = try await scene.ledger().contents(at: [key])[key]?.claims.map(\.claim) ?? []
            let model = try #require(records.first)
            let forged = records.map { claim in
                Claim(
                    subject: claim.subject, key: claim.key, statement: model.statement, form: claim.form,
                    source: claim.source, observedAt: claim.observedAt, evidence: claim.evidence)
            }
            try await DatabaseQueue(path: scene.ledgerPath).write { db in
                for (claim, new) in zip(records, forged) {
                    try db.execute(
                        sql: "UPDATE claim SET claim = ?, lastSeen = lastSeen WHERE identity = ?",
                        arguments: [
                            Data(ClaimCoding.encode(new)), Data(ClaimCoding.identity(of: claim).bytes.prefix(16)),
                        ])
                }
            }
            scene.hang(["a", "b", "c"])
            let finding = try await scene.withInquirer(answerTime: .milliseconds(100)) {
                await $0.ask(Paths.timestamp).finding
            }
            #expect(finding.words == ["short"], "the one that was not changed counts")
            // With the caches back, the truth is there again, and stays.
            scene.hang([])
            let truth = try await scene.withInquirer { await $0.ask(Paths.timestamp).finding.words }
            #expect(truth == ["split"])
            scene.hang(["a", "b", "c"])
            let kept = try await scene.withInquirer(answerTime: .milliseconds(100)) {
                await $0.ask(Paths.timestamp).finding
            }
            #expect(kept.words == ["split"])
        }
    }

    /// A claim under a good seal does not speak about the path whose row it was moved to.
    @Test func believesNoRowThatWasMoved() async throws {
        let cores = Paths.key(Paths.cores)
        let words = try await words(Paths.repro) { db in
            try db.execute(sql: "UPDATE claim SET lookup = ?", arguments: [Int64(bitPattern: cores.digestPrefix)])
        }
        #expect(words.isEmpty)
        try await Scene.run { scene in
            try await scene.withInquirer { _ = await $0.ask(Paths.repro) }
            try await DatabaseQueue(path: scene.ledgerPath).write {
                try $0.execute(sql: "UPDATE claim SET lookup = ?", arguments: [Int64(bitPattern: cores.digestPrefix)])
            }
            let finding = try await scene.withInquirer { await $0.ask(Paths.cores).finding }
            #expect(finding.verdicts.count == 1)
            #expect(finding.words == ["quorate"])
        }
    }

    /// Asked for once, and then there again.
    @Test func healsARowThatCannotBeRead() async throws {
        try await Scene.run { scene in
            try await scene.withInquirer { _ = await $0.ask(Paths.repro) }
            try await DatabaseQueue(path: scene.ledgerPath).write {
                try $0.execute(sql: "UPDATE claim SET claim = x'0102' WHERE id = 1")
            }
            for _ in 0..<2 {
                #expect(try await scene.withInquirer { await $0.ask(Paths.repro).finding.words } == ["quorate"])
                #expect(scene.requests == 4)
            }
            let known = try await scene.ledger().contents(at: [Paths.key(Paths.repro)])[Paths.key(Paths.repro)]
            #expect(known?.hasDamage == false)
            #expect(known?.claims.count == 3)
        }
    }

    @Test func asksACacheInWhoseNameARowWasForged() async throws {
        try await Scene.run { scene in
            try await scene.withInquirer { _ = await $0.ask(Paths.repro) }
            try await DatabaseQueue(path: scene.ledgerPath).write {
                try $0.execute(sql: "UPDATE claim SET seal = NULL; UPDATE evidence SET items = x'00'")
            }
            let words = try await scene.withInquirer { await $0.ask(Paths.repro).finding.words }
            #expect(words == ["quorate"])
            #expect(scene.requests == 6)
        }
    }
}
