import Ledger
import LedgerSQLite
import Quorum
import TestSupport
import Testing

/// What every ledger has to do, run over each backend.
struct LedgerSuiteTests {
    enum Backend: CaseIterable, Sendable {
        case memory
        case file

        func open(in folder: TemporaryFolder) throws -> any Ledger {
            switch self {
            case .memory: try SQLiteLedger(inMemory: ClaimSamples.seal)
            case .file: try SQLiteLedger(path: folder.file("ledger.sqlite"), seal: ClaimSamples.seal)
            }
        }
    }

    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: Backend.allCases) func knowsNothingAtFirst(_ backend: Backend) async throws {
        let ledger = try backend.open(in: folder)
        #expect(try await ledger.contents(at: [ClaimSamples.lookup]).isEmpty)
        #expect(try await ledger.contents(at: []).isEmpty)
        #expect(try await ledger.evidence(at: ClaimSamples.lookup).isEmpty)
        #expect(try await ledger.history(of: ClaimSamples.subject, limit: 9).isEmpty)
        #expect(try await ledger.counts() == LedgerCounts(claims: 0, subjects: 0, verdicts: 0))
        try await ledger.record(LedgerBatch())
    }

    @Test(arguments: Backend.allCases) func givesClaimsBackSealed(_ backend: Backend) async throws {
        let ledger = try backend.open(in: folder)
        let new = ClaimSamples.new()
        try await ledger.record(LedgerBatch(claims: [new]))
        let records = try #require(try await ledger.contents(at: [ClaimSamples.lookup])[ClaimSamples.lookup]).claims
        #expect(records.map(\.claim) == [new.claim])
        #expect(records.allSatisfy { ClaimSamples.seal.isValid($0) && !ClaimSamples.otherSeal.isValid($0) })
    }

    /// Two answers of one builder are evidence of equivocation or of a build that does not reproduce: both stay.
    @Test(arguments: Backend.allCases) func keepsWhatDiffers(_ backend: Backend) async throws {
        let ledger = try backend.open(in: folder)
        let different = [
            ClaimSamples.new(outcome: 1, at: 10), ClaimSamples.new(outcome: 2, at: 20),
            ClaimSamples.new(outcome: nil, at: 30), ClaimSamples.new(outcome: 1, at: 40, evidence: [1]),
            ClaimSamples.new(outcome: 1, at: 50, source: "https://b.example/"),
        ]
        for new in different { try await ledger.record(LedgerBatch(claims: [new])) }
        let contents = try await ledger.contents(at: [ClaimSamples.lookup])
        #expect(Set(contents[ClaimSamples.lookup]?.claims.map(\.claim) ?? []) == Set(different.map(\.claim)))
        #expect(try await ledger.counts() == LedgerCounts(claims: 5, subjects: 1, verdicts: 0))
    }

    @Test(arguments: Backend.allCases) func remembersFirstAndLastSight(_ backend: Backend) async throws {
        let ledger = try backend.open(in: folder)
        for time in [20, 30, 10] as [Int64] {
            try await ledger.record(LedgerBatch(claims: [ClaimSamples.new(at: time)]))
        }
        let record = try #require(
            try await ledger.contents(at: [ClaimSamples.lookup])[ClaimSamples.lookup]?.claims.first)
        #expect(record.firstSeen == Timestamp(secondsSince1970: 20))
        #expect(record.lastSeen == Timestamp(secondsSince1970: 30))
        #expect(record.claim.observedAt == Timestamp(secondsSince1970: 20))
        #expect(ClaimSamples.seal.isValid(record))
    }

    @Test(arguments: Backend.allCases) func keepsEvidenceToTheByte(_ backend: Backend) async throws {
        let ledger = try backend.open(in: folder)
        let evidence: [[UInt8]] = [
            [], [0], Array(0...255), [0xFF, 0xFE, 0x0D, 0x0A], [UInt8](repeating: 0xA5, count: 1 << 20),
        ]
        try await ledger.record(
            LedgerBatch(claims: evidence.enumerated().map { ClaimSamples.new(key: $0 + 1, evidence: $1) }))
        let kept = try await ledger.evidence(at: ClaimSamples.lookup)
        #expect(kept.count == evidence.count)
        for bytes in evidence { #expect(kept[sha256(bytes)] == bytes) }
    }

    @Test(arguments: Backend.allCases) func knowsWhatThisMachineBuilt(_ backend: Backend) async throws {
        let ledger = try backend.open(in: folder)
        #expect(try await ledger.keysOfOwnBuilds().isEmpty)
        let paths = ["/nix/store/c-x", "/nix/store/a-x", "/nix/store/a-y"]
        try await ledger.record(LedgerBatch(claims: paths.map(ClaimSamples.ownBuild) + [ClaimSamples.new()]))
        #expect(try await ledger.keysOfOwnBuilds() == [LookupKey("/nix/store/a"), LookupKey("/nix/store/c")])
    }

    @Test(arguments: Backend.allCases) func findsByHashPartWhateverTheName(_ backend: Backend) async throws {
        let ledger = try backend.open(in: folder)
        let renamed = Subject.storePath(ClaimSamples.path + "-renamed")
        let elsewhere = Subject.storePath("/nix/store/1c0l0v6h4h0n5ynmp0rq3h8dkmzy8dzb-hello-2.12.1")
        try await ledger.record(
            LedgerBatch(claims: [
                ClaimSamples.new(), ClaimSamples.new(subject: renamed), ClaimSamples.new(subject: elsewhere),
            ]))
        let contents = try await ledger.contents(at: [ClaimSamples.lookup, LookupKey("nothing"), ClaimSamples.lookup])
        #expect(contents.count == 1)
        #expect(
            Set(contents[ClaimSamples.lookup]?.claims.map(\.claim.subject) ?? []) == [ClaimSamples.subject, renamed])
    }

    @Test(arguments: Backend.allCases) func keepsTheNewestAnswerOfASource(_ backend: Backend) async throws {
        let ledger = try backend.open(in: folder)
        func ask(_ source: String, _ time: Int64, _ answer: Ask.Answer) -> Ask {
            Ask(key: ClaimSamples.lookup, source: source, at: Timestamp(secondsSince1970: time), answer: answer)
        }
        let newest = [
            ask("a", 20, .trouble("timed out\n\"é\"")), ask("b", 5, .refused("no key")), ask("c", 5, .absent),
        ]
        try await ledger.record(LedgerBatch(asks: [ask("a", 10, .absent)] + newest))
        try await ledger.record(LedgerBatch(asks: [ask("a", 15, .absent)]))
        let asks = try #require(try await ledger.contents(at: [ClaimSamples.lookup])[ClaimSamples.lookup]).asks
        #expect(Set(asks) == Set(newest))
        #expect(try await ledger.counts().claims == 0)
    }

    @Test(arguments: Backend.allCases) func writesAVerdictOnlyWhenItChanges(_ backend: Backend) async throws {
        let ledger = try backend.open(in: folder)
        let policy = ClaimSamples.digest(1)
        func verdict(_ word: String, _ outcome: Int?, _ time: Int64, policy: Digest256 = policy) -> VerdictRecord {
            VerdictRecord(
                subject: ClaimSamples.subject, policy: policy, word: word, outcome: outcome.map(ClaimSamples.outcome),
                decidedAt: Timestamp(secondsSince1970: time))
        }
        let changes = [
            verdict("short", nil, 1), verdict("quorate", 1, 3), verdict("quorate", 2, 4), verdict("conflict", nil, 6),
            verdict("quorate", 1, 7),
        ]
        let said = [changes[0], verdict("short", nil, 2), changes[1], changes[2], verdict("quorate", 2, 5)]
        for one in said { try await ledger.record(LedgerBatch(verdicts: [one])) }
        try await ledger.record(LedgerBatch(verdicts: [changes[3], changes[4]]))
        #expect(try await ledger.history(of: ClaimSamples.subject, limit: 9) == changes)
        // Another policy has a history of its own.
        let other = verdict("short", nil, 9, policy: ClaimSamples.digest(2))
        try await ledger.record(LedgerBatch(verdicts: [other]))
        #expect(try await ledger.history(of: ClaimSamples.subject, limit: 9) == changes + [other])
        #expect(try await ledger.history(of: ClaimSamples.subject, limit: 2) == [changes[4], other])
        #expect(try await ledger.history(of: .storePath("/nix/store/x"), limit: 9).isEmpty)
        #expect(try await ledger.counts().verdicts == 6)
    }

    @Test(arguments: Backend.allCases) func takesManyAtOnce(_ backend: Backend) async throws {
        let ledger = try backend.open(in: folder)
        let subjects = (0..<2000).map { Subject.storePath("/nix/store/\($0)-x") }
        try await ledger.record(LedgerBatch(claims: subjects.map { ClaimSamples.new(subject: $0) }))
        let contents = try await ledger.contents(at: subjects.map { LookupKey($0) })
        #expect(contents.count == 2000)
    }
}
