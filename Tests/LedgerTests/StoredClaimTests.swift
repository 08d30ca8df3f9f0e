import GRDB
import Ledger
import Quorum
import TestSupport
import Testing

@testable import LedgerSQLite

/// The bytes of a claim in its row.
struct StoredClaimTests {
    private let database: DatabaseQueue

    init() throws {
        database = try DatabaseQueue()
        try SQLiteSchema.migrator.migrate(database)
    }

    private func stored(_ claim: Claim) throws -> [UInt8] {
        try database.write { db in
            var (names, writer) = (NameWriter(db), FieldWriter())
            try StoredClaim.write(claim, &names, into: &writer)
            return writer.bytes
        }
    }

    private func read(_ bytes: [UInt8]) throws -> Claim {
        try database.read { db in
            var names = NameReader(db)
            return try StoredClaim.read(bytes, &names)
        }
    }

    @Test func givesEveryClaimBack() throws {
        var random = SeededGenerator(seed: 4)
        for _ in 0..<500 {
            let claim = ClaimSamples.random(using: &random)
            #expect(try read(stored(claim)) == claim)
            #expect(try read(ClaimCoding.encode(claim)) == claim, "older rows")
        }
    }

    /// Whatever stands in a row: a claim or an error, and never a claim that its seal covers by mistake.
    @Test func damageGivesAnErrorOrAnotherClaim() throws {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<2000 {
            let claim = ClaimSamples.random(using: &random)
            var bytes = try stored(claim)
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0...3, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
            case 2: bytes.removeSubrange(place...)
            default: bytes.insert(UInt8.random(in: 0...3, using: &random), at: place)
            }
            do {
                _ = try read(bytes)
            } catch let error as LedgerError {
                #expect(error.code == .corrupt)
            }
        }
    }

    @Test func refusesEveryPrefixAndMore() throws {
        let bytes = try stored(ClaimSamples.new().claim)
        for count in 0..<bytes.count {
            #expect(throws: LedgerError(.corrupt, "")) { try read(Array(bytes[..<count])) }
        }
        #expect(throws: LedgerError(.corrupt, "")) { try read(bytes + [0]) }
    }

    /// Lengths near the ends of their types allocate nothing and trap nowhere.
    @Test(arguments: [
        [UInt8](repeating: 0xFF, count: 9) + [1], [UInt8](repeating: 0xFF, count: 10), [0x80, 0],
        [0xFF, 0xFF, 0xFF, 0x7F],
    ])
    func refusesMonstrousLengths(_ length: [UInt8]) throws {
        #expect(throws: LedgerError(.corrupt, "")) { try read([2, 1] + length) }
        let bytes = try stored(ClaimSamples.new().claim)
        // Kind, length and path, one byte for the key, and then the outcome: 1, hash, size, how many references.
        let count = 3 + ClaimSamples.path.utf8.count + 1 + 1 + 32 + 1
        #expect(throws: LedgerError(.corrupt, "")) { try read(bytes[..<count] + length + bytes[(count + 1)...]) }
        #expect(throws: LedgerError(.corrupt, "")) { try read(bytes[...count] + length + bytes[(count + 2)...]) }
    }

    @Test func isShortWhereClaimsAreAlike() throws {
        let paths = (0..<6).map { "/nix/store/\($0)c0l0v6h4h0n5ynmp0rq3h8dkmzy8dzb-hello" }
        let claim = Claim(
            subject: ClaimSamples.subject, key: ClaimSamples.key(1),
            statement: .outcome(
                .storePath(.init(narHash: ClaimSamples.digest(1), narSize: 226_560, references: paths))),
            form: .logEntry, source: "https://builder.example/log/proof/123456",
            observedAt: Timestamp(secondsSince1970: 1_800_000_000), inputs: ClaimSamples.digest(2),
            evidence: ClaimSamples.digest(3), log: ClaimSamples.key(4))
        #expect(try stored(claim).count * 3 < ClaimCoding.encode(claim).count * 2)
    }

    /// A name that was changed changes what rows say, and no seal covers that.
    @Test func aChangedNameIsNoticed() async throws {
        let claim = ClaimSamples.new().claim
        let bytes = try stored(claim)
        let key = String(repeating: "22", count: 32)
        for change in ["name = x'01\(key)'", "name = x'09\(key)'", "name = x'01'", "name = x''", "id = id + 9"] {
            try await database.write { try $0.execute(sql: "UPDATE name SET \(change) WHERE id = 1") }
            if let other = try? read(bytes) { #expect(other != claim) }
        }
    }
}
