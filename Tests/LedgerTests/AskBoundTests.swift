import GRDB
import Ledger
import Quorum
import Testing

@testable import LedgerSQLite

/// Answers that brought no claim are bounded; claims are not.
struct AskBoundTests {
    private let database: DatabaseQueue

    init() throws {
        database = try DatabaseQueue()
        try SQLiteSchema.migrator.migrate(database)
    }

    private func record(_ numbers: Range<Int>, _ bound: AskBound) async throws {
        let asks = numbers.map { number in
            Ask(
                key: LookupKey("/nix/store/\(number)"), source: "https://a.example/",
                at: Timestamp(secondsSince1970: Int64(number)), answer: .absent)
        }
        let claims = numbers.prefix(1).map { ClaimSamples.new(outcome: $0) }
        try await database.write { db in
            try SQLiteWrites(db: db, seal: ClaimSamples.seal).record(LedgerBatch(claims: claims, asks: asks))
            try bound.hold(in: db, recording: asks.count)
        }
    }

    private func numbers() async throws -> [Int64] {
        try await database.read { try Int64.fetchAll($0, sql: "SELECT askedAt FROM ask ORDER BY askedAt") }
    }

    @Test func theOldestGoAndTheNewestStay() async throws {
        let bound = AskBound(rows: 100)
        for start in stride(from: 0, to: 1000, by: 5) {
            try await record(start..<start + 5, bound)
            let numbers = try await numbers()
            #expect(numbers.count <= 110 + 5, "the bound, and what is added between two counts")
            #expect(numbers.last == Int64(start + 4))
            #expect(numbers == Array((numbers.first ?? 0)...Int64(start + 4)))
        }
        #expect(try await numbers().count >= 90)
        #expect(try await database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM claim") } == 200)
    }

    @Test func aProgramThatWasJustStartedCountsWhatItFinds() async throws {
        try await record(0..<500, AskBound(rows: 1000))
        try await record(500..<501, AskBound(rows: 100))
        #expect(try await numbers() == Array(411...500))
    }

    @Test func withinTheBoundNothingGoes() async throws {
        let bound = AskBound(rows: 100)
        for start in 0..<10 { try await record(start * 10..<start * 10 + 10, bound) }
        #expect(try await numbers().count == 100)
    }

    @Test func aLargeBatchIsHeldTooWhereAllAnswersAreOfOneTime() async throws {
        let bound = AskBound(rows: 100)
        let asks = (0..<1000).map { number in
            Ask(
                key: LookupKey("/nix/store/\(number)"), source: "https://a.example/",
                at: Timestamp(secondsSince1970: 7), answer: .absent)
        }
        try await database.write { db in
            try SQLiteWrites(db: db, seal: ClaimSamples.seal).record(LedgerBatch(asks: asks))
            try bound.hold(in: db, recording: asks.count)
        }
        #expect(try await numbers().count == 90)
    }
}
