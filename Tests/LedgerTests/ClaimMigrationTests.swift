import Foundation
import GRDB
import Ledger
import Quorum
import TestSupport
import Testing

@testable import LedgerSQLite

/// A ledger of an earlier version is opened, and nothing that it holds is lost.
struct ClaimMigrationTests {
    private let folder: TemporaryFolder
    private var path: String { folder.file("ledger.sqlite") }

    init() throws { folder = try TemporaryFolder() }

    /// Writes rows as the earlier version did.
    private func write(_ claims: [NewClaim], lastSeen: Int64, damaging damaged: Set<Int> = []) async throws {
        let queue = try DatabaseQueue(path: path)
        try SQLiteSchema.migrator.migrate(queue, upTo: "2 positions in logs")
        try await queue.write { db in
            for (number, new) in claims.enumerated() {
                let claim = new.claim
                try db.execute(
                    sql: """
                        INSERT INTO claim
                            (lookup, identity, claim, firstSeen, lastSeen, seal, contentAddressed, evidence)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                        """,
                    arguments: [
                        LookupKey(claim.subject).text, Data(ClaimCoding.identity(of: claim).bytes),
                        damaged.contains(number) ? Data([1, 2]) : Data(ClaimCoding.encode(claim)),
                        claim.observedAt.secondsSince1970, lastSeen, Data(ClaimSamples.seal.seal(claim)),
                        new.hasContentAddress, Data(new.evidence),
                    ])
            }
            try db.execute(
                sql: "INSERT INTO logPosition (log, builder, next) VALUES (?, ?, 7)",
                arguments: [ClaimSamples.key(1).description, ClaimSamples.key(2).description])
        }
        try queue.close()
    }

    private func open() throws(LedgerError) -> SQLiteLedger { try SQLiteLedger(path: path, seal: ClaimSamples.seal) }

    @Test func keepsEveryClaimWithItsSealAndEvidence() async throws {
        let claims = (0..<300).map { number in
            ClaimSamples.new(
                key: number % 3 + 1, outcome: number % 5 == 0 ? nil : number, at: Int64(number),
                subject: .storePath("/nix/store/\(number / 2)-x"),
                evidence: [UInt8](repeating: UInt8(number % 256), count: number * 10))
        }
        try await write(claims, lastSeen: 5000)
        let ledger = try open()
        #expect(try await ledger.counts() == LedgerCounts(claims: 300, subjects: 150, verdicts: 0))
        for key in Set(claims.map { LookupKey($0.claim.subject) }) {
            let mine = claims.filter { LookupKey($0.claim.subject) == key }
            let known = try #require(try await ledger.contents(at: [key])[key])
            #expect(!known.hasDamage)
            #expect(Set(known.claims.map(\.claim)) == Set(mine.map(\.claim)))
            #expect(known.claims.allSatisfy { ClaimSamples.seal.isValid($0) })
            #expect(known.claims.allSatisfy { $0.lastSeen == Timestamp(secondsSince1970: 5000) })
            #expect(known.claims.allSatisfy { $0.firstSeen == $0.claim.observedAt })
            let evidence = try await ledger.evidence(at: key)
            #expect(mine.allSatisfy { evidence[$0.claim.evidence] == $0.evidence })
        }
        #expect(try await ledger.positions(inLog: ClaimSamples.key(1)) == [ClaimSamples.key(2): 7])
        // The same rows, whatever form they stand in.
        try await ledger.record(LedgerBatch(claims: claims))
        #expect(try await ledger.counts().claims == 300)
    }

    @Test func keepsDamageAndHealsIt() async throws {
        let claims = [ClaimSamples.new(outcome: 1), ClaimSamples.new(outcome: 2)]
        try await write(claims, lastSeen: 5000, damaging: [0])
        let ledger = try open()
        let known = try #require(try await ledger.contents(at: [ClaimSamples.lookup])[ClaimSamples.lookup])
        #expect(known.hasDamage)
        #expect(known.claims.map(\.claim) == [claims[1].claim])
        #expect(try await ledger.evidence(at: ClaimSamples.lookup).count == 2)
        var batch = LedgerBatch(claims: [claims[0]])
        batch.claims[0].replacesDamaged = true
        try await ledger.record(batch)
        let healed = try #require(try await ledger.contents(at: [ClaimSamples.lookup])[ClaimSamples.lookup])
        #expect(!healed.hasDamage)
        #expect(Set(healed.claims.map(\.claim)) == Set(claims.map(\.claim)))
    }

    @Test func findsOwnBuildsOfBefore() async throws {
        let old = ClaimSamples.ownBuild("/nix/store/b-old")
        try await write([ClaimSamples.new(), old], lastSeen: 5000)
        let ledger = try open()
        #expect(try await ledger.keysOfOwnBuilds() == [LookupKey("/nix/store/b")])
        try await ledger.record(LedgerBatch(claims: [ClaimSamples.ownBuild("/nix/store/a-new"), old]))
        #expect(try await ledger.keysOfOwnBuilds() == [LookupKey("/nix/store/a"), LookupKey("/nix/store/b")])
    }

    @Test func anEmptyOneBecomesAnEmptyOne() async throws {
        try await write([], lastSeen: 0)
        #expect(try await open().counts() == LedgerCounts(claims: 0, subjects: 0, verdicts: 0))
    }
}
