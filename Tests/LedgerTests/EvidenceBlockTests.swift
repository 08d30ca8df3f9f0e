import Foundation
import GRDB
import Ledger
import Quorum
import TestSupport
import Testing

@testable import LedgerSQLite

/// Evidence of many claims in one block, and blocks that are damaged.
struct EvidenceBlockTests {
    private let database: DatabaseQueue

    init() throws {
        database = try DatabaseQueue()
        try SQLiteSchema.migrator.migrate(database)
    }

    private func record(_ claims: [NewClaim]) async throws {
        try await database.write {
            try SQLiteWrites(db: $0, seal: ClaimSamples.seal).record(LedgerBatch(claims: claims))
        }
    }

    private func number(_ sql: String) async throws -> Int? {
        try await database.read { try Int.fetchOne($0, sql: sql) }
    }

    private func evidence() async throws -> [Digest256: [UInt8]] {
        try await database.read { try SQLiteReads(db: $0).evidence(at: ClaimSamples.lookup) }
    }

    @Test func likeEvidenceTakesLittleRoom() async throws {
        let text = String(repeating: "StorePath: /nix/store/somewhere\nCompression: xz\n", count: 30)
        let claims = (0..<500).map { number in
            ClaimSamples.new(
                subject: .storePath("/nix/store/\(number)-x"), evidence: Array("\(text)Number: \(number)\n".utf8))
        }
        try await record(claims)
        #expect(try await number("SELECT count(*) FROM evidence") ?? 0 > 5)
        #expect(try await number("SELECT sum(length(items)) FROM evidence") ?? .max < 500 * text.utf8.count / 10)
        for new in claims {
            let kept = try await database.read {
                try SQLiteReads(db: $0).evidence(at: LookupKey(new.claim.subject))
            }
            #expect(kept == [new.claim.evidence: new.evidence])
        }
    }

    /// The outputs of one build, the signatures of one narinfo.
    @Test func whatProvesSeveralClaimsIsKeptOnce() async throws {
        let evidence = Array("what all of them say".utf8)
        try await record((1...3).map { ClaimSamples.new(key: $0, evidence: evidence) })
        #expect(try await number("SELECT sum(size) FROM evidence") == 4 + evidence.count)
        #expect(try await self.evidence() == [sha256(evidence): evidence])
    }

    /// A cache that is asked every hour says the same thing every hour.
    @Test func aKnownClaimAddsNoEvidence() async throws {
        for time in 0..<10 as Range<Int64> { try await record([ClaimSamples.new(at: time)]) }
        #expect(try await number("SELECT count(*) FROM evidence") == 1)
        try await record([ClaimSamples.new(), ClaimSamples.new(outcome: 2)])
        #expect(try await number("SELECT sum(size) FROM evidence") == 2 * (4 + "evidence 1 1".utf8.count))
        #expect(try await evidence().count == 2)
    }

    @Test(arguments: [
        "items = x''", "items = x'00'", "size = -1", "size = 0", "size = 9223372036854775807", "size = size + 1",
        "size = 8, items = x'ffffffff00000000'", "size = 8, items = x'0000000005000000'", "id = id + 1",
    ])
    func aDamagedBlockGivesNoEvidenceAndNoTrouble(_ damage: String) async throws {
        try await record([ClaimSamples.new(evidence: [UInt8](repeating: 1, count: 1000))])
        try await database.write { try $0.execute(sql: "UPDATE evidence SET \(damage)") }
        #expect(try await evidence().values.allSatisfy { $0.isEmpty })
        // What comes later is kept in a block of its own.
        try await record([ClaimSamples.new(key: 2)])
        #expect(try await evidence()[ClaimSamples.new(key: 2).claim.evidence] != nil)
    }

    @Test(arguments: ["item = -1", "item = 7", "item = 9223372036854775807", "block = -1", "block = 9"])
    func aPlaceOutsideGivesNoEvidence(_ damage: String) async throws {
        try await record([ClaimSamples.new()])
        try await database.write { try $0.execute(sql: "UPDATE claim SET \(damage)") }
        #expect(try await evidence().isEmpty)
    }
}
