import DurableFiles
import Foundation
import GRDB
import Ledger
import Quorum
import SQLiteFiles
import Synchronization
import TestSupport
import Testing

@testable import LedgerSQLite

/// What concerns the file: durability, other processes, damage.
struct SQLiteLedgerTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("ledger.sqlite")
    }

    private func open(patience: Double = 10) throws(LedgerError) -> SQLiteLedger {
        try SQLiteLedger(path: path, seal: ClaimSamples.seal, patience: patience)
    }

    private func expect(_ code: LedgerError.Code, _ body: () async throws -> Void) async {
        do {
            try await body()
            Issue.record("nothing was refused")
        } catch let error as LedgerError {
            #expect(error.code == code, "\(error)")
            #expect(!error.message.contains("\n"))
            #expect(error.message.hasPrefix(path) || error.message.hasPrefix("ledger: "), "\(error)")
        } catch {
            Issue.record(error)
        }
    }

    @Test func isThereAgainWhenOpenedAgain() async throws {
        try await open().record(LedgerBatch(claims: [ClaimSamples.new()]))
        let contents = try await open().contents(at: [ClaimSamples.lookup])
        #expect(contents[ClaimSamples.lookup]?.claims.map(\.claim) == [ClaimSamples.new().claim])
    }

    @Test func isSyncedAtEachCommit() async throws {
        let writer = try open().file.database
        #expect(try await writer.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "wal")
        // 2 is FULL: the log is synced behind each commit.
        #expect(try await writer.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") } == 2)
    }

    /// Two processes and one file are as two pools and one file.
    @Test func isSharedByTwo() async throws {
        let ledgers = [try open(), try open()]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, ledger) in ledgers.enumerated() {
                group.addTask {
                    for index in 0..<40 {
                        // Each writes its own and what the other writes too.
                        try await ledger.record(
                            LedgerBatch(claims: [
                                ClaimSamples.new(key: 2 + number, outcome: index), ClaimSamples.new(outcome: index),
                            ]))
                    }
                }
            }
            try await group.waitForAll()
        }
        for ledger in ledgers {
            let claims = try await ledger.contents(at: [ClaimSamples.lookup])[ClaimSamples.lookup]?.claims ?? []
            #expect(claims.count == 120)
            #expect(claims.allSatisfy { ClaimSamples.seal.isValid($0) })
        }
    }

    @Test func opensAndMigratesAtTheSameTimeAsAnother() async throws {
        let path = path
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask { _ = try SQLiteLedger(path: path, seal: ClaimSamples.seal) }
            }
            try await group.waitForAll()
        }
    }

    @Test func saysThatAnotherKeepsItBusy() async throws {
        let ledger = try open(patience: 0.05)
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: path, configuration: configuration)
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        await expect(.busy) { try await ledger.record(LedgerBatch(claims: [ClaimSamples.new()])) }
        #expect(try await ledger.contents(at: [ClaimSamples.lookup]).isEmpty, "readers are not held up")
        try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        try await ledger.record(LedgerBatch(claims: [ClaimSamples.new()]))
    }

    /// The next process would have to read it all before it could answer anything.
    @Test func foldsALongLogWhenItIsClosed() async throws {
        let claims = (0..<3000).map { ClaimSamples.new(subject: .storePath("/nix/store/\($0)-x")) }
        let ledger = try open()
        try await ledger.record(LedgerBatch(claims: claims))
        _ = try await ledger.contents(at: [ClaimSamples.lookup])
        func logSize() -> UInt64 { FileStatus(path: path + "-wal")?.size ?? 0 }
        #expect(logSize() > 1 << 20)
        await ledger.close()
        #expect(logSize() == 0)
        #expect(try await open().counts().claims == 3000)
    }

    @Test func refusesANewerSchema() async throws {
        _ = try open()
        let database = try DatabaseQueue(path: path)
        try await database.write {
            try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('9 of the future')")
        }
        await expect(.newerSchema) { _ = try open() }
    }

    @Test(arguments: ["", "not a database, but long enough to be looked at as one", "SQLite format 3\0"])
    func refusesWhatIsNoLedger(_ text: String) async throws {
        try folder.write("ledger.sqlite", text + String(repeating: text.isEmpty ? "" : "x", count: 4096))
        if text.isEmpty {
            _ = try open()  // An empty file is what a crash at the first start leaves: it becomes a ledger.
        } else {
            await expect(.corrupt) { _ = try open() }
        }
    }

    @Test func refusesADamagedFile() async throws {
        let ledger = try open()
        try await ledger.record(
            LedgerBatch(claims: (0..<500).map { ClaimSamples.new(subject: .storePath("/nix/store/\($0)-x")) }))
        try await DatabaseQueue(path: path).writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        var bytes = try folder.read("ledger.sqlite")
        // The first page, with the schema, stays whole.
        for place in 8192..<bytes.count { bytes[place] = 0x5A }
        try folder.write("damaged.sqlite", bytes)
        await expectDamage(folder.file("damaged.sqlite"))
        try folder.write("cut.sqlite", Array(try folder.read("ledger.sqlite").prefix(8192)))
        await expectDamage(folder.file("cut.sqlite"))
    }

    private func expectDamage(_ path: String) async {
        do {
            let ledger = try SQLiteLedger(path: path, seal: ClaimSamples.seal)
            for number in 0..<500 {
                _ = try await ledger.contents(at: [LookupKey("/nix/store/\(number)")])
            }
            Issue.record("\(path): nothing was noticed")
        } catch {
            #expect(error.code == .corrupt)
            #expect(error.message.hasPrefix(path))
        }
    }

    /// One bad row does not take the others away, and is told once.
    @Test func passesOverRowsThatCannotBeRead() async throws {
        let told = Mutex<[String]>([])
        let ledger = try SQLiteLedger(path: path, seal: ClaimSamples.seal) { words in told.withLock { $0.append(words) }
        }
        let other = LookupKey("/nix/store/other")
        let asks = ["https://a.example/", "https://b.example/"].map { source in
            Ask(key: other, source: source, at: Timestamp(secondsSince1970: 1), answer: .absent)
        }
        try await ledger.record(
            LedgerBatch(claims: [ClaimSamples.new(outcome: 1), ClaimSamples.new(outcome: 2)], asks: asks))
        #expect(try await ledger.contents(at: [ClaimSamples.lookup, other]).count == 2)
        #expect(told.withLock { $0 }.isEmpty)
        try await DatabaseQueue(path: path).write {
            try $0.execute(sql: "UPDATE claim SET claim = x'0102' WHERE id = 1")
            try $0.execute(sql: "UPDATE ask SET answer = 'perhaps' WHERE source LIKE '%a.example%'")
        }
        for _ in 0..<2 {
            let known = try await ledger.contents(at: [ClaimSamples.lookup, other])
            #expect(known[ClaimSamples.lookup]?.claims.map(\.claim) == [ClaimSamples.new(outcome: 2).claim])
            #expect(known[other]?.asks == [asks[1]])
            #expect(known.values.allSatisfy { $0.hasDamage })
        }
        let words = told.withLock { $0 }
        #expect(words.count == 1)
        #expect(words.first?.hasPrefix("\(path): 2 rows hold what cannot be read") == true, "\(words)")
    }

    /// What is received again takes the place of what cannot be read, also when nothing else is known under its key.
    @Test func healsRowsThatCannotBeRead() async throws {
        let ledger = try open()
        let ask = Ask(
            key: LookupKey("/nix/store/other"), source: "https://a.example/", at: Timestamp(secondsSince1970: 1),
            answer: .absent)
        var batch = LedgerBatch(claims: [ClaimSamples.new()], asks: [ask])
        try await ledger.record(batch)
        try await DatabaseQueue(path: path).write {
            try $0.execute(sql: "UPDATE claim SET claim = x'0102'")
            // An answer of the far future would stay the newest.
            try $0.execute(sql: "UPDATE ask SET answer = 'perhaps', askedAt = 9999999999")
        }
        let keys = [ClaimSamples.lookup, ask.key]
        #expect(try await ledger.contents(at: keys).values.map(\.hasDamage) == [true, true])
        batch.claims[0].replacesDamaged = true
        try await ledger.record(batch)
        let healed = try await ledger.contents(at: keys)
        #expect(healed.values.map(\.hasDamage) == [false, false])
        #expect(healed[ClaimSamples.lookup]?.claims.map(\.claim) == [ClaimSamples.new().claim])
        #expect(healed[ask.key]?.asks == [ask])
    }

    @Test func noticesATamperedRow() async throws {
        let ledger = try open()
        try await ledger.record(LedgerBatch(claims: [ClaimSamples.new(outcome: 1)]))
        let forged = ClaimCoding.encode(ClaimSamples.new(outcome: 2).claim)
        try await DatabaseQueue(path: path).write {
            try $0.execute(sql: "UPDATE claim SET claim = ?", arguments: [Data(forged)])
        }
        let records = try await ledger.contents(at: [ClaimSamples.lookup])[ClaimSamples.lookup]?.claims ?? []
        #expect(records.map(\.claim) == [ClaimSamples.new(outcome: 2).claim])
        #expect(!records.contains { ClaimSamples.seal.isValid($0) })
    }

    /// A row that somebody put in the way of a claim does not keep the claim out.
    @Test func replacesARowThatWasShownToBeWrong() async throws {
        let ledger = try open()
        let new = ClaimSamples.new()
        try await ledger.record(LedgerBatch(claims: [new]))
        try await DatabaseQueue(path: path).write {
            try $0.execute(
                sql: "UPDATE evidence SET items = x'00'; UPDATE claim SET seal = NULL, lastSeen = 9999999999")
        }
        try await ledger.record(LedgerBatch(claims: [new]))
        #expect(try await ledger.evidence(at: ClaimSamples.lookup)[new.claim.evidence] == nil, "rows are not read here")
        var again = LedgerBatch(claims: [new])
        again.claims[0].replacesDamaged = true
        try await ledger.record(again)
        let record = try #require(
            try await ledger.contents(at: [ClaimSamples.lookup])[ClaimSamples.lookup]?.claims.first)
        #expect(ClaimSamples.seal.isValid(record))
        #expect(record.lastSeen == new.claim.observedAt)
        #expect(try await ledger.evidence(at: ClaimSamples.lookup)[new.claim.evidence] == new.evidence)
    }

    @Test func resealsWhatWasVerifiedAnew() async throws {
        try await SQLiteLedger(path: path, seal: ClaimSamples.otherSeal).record(
            LedgerBatch(claims: [ClaimSamples.new()]))
        let ledger = try open()
        var batch = LedgerBatch()
        batch.resealed = [ClaimSamples.new().claim]
        try await ledger.record(batch)
        let records = try await ledger.contents(at: [ClaimSamples.lookup])[ClaimSamples.lookup]?.claims ?? []
        #expect(records.count == 1)
        #expect(records.allSatisfy { ClaimSamples.seal.isValid($0) })
    }

    @Test func recordsAllOfABatchOrNothing() async throws {
        let ledger = try open()
        try await DatabaseQueue(path: path).write {
            try $0.execute(
                sql: "CREATE TRIGGER full BEFORE INSERT ON verdict BEGIN SELECT RAISE(ABORT, 'no room'); END")
        }
        let verdict = VerdictRecord(
            subject: ClaimSamples.subject, policy: ClaimSamples.digest(1), word: "short", outcome: nil,
            decidedAt: Timestamp(secondsSince1970: 1))
        await expect(.failed) {
            try await ledger.record(LedgerBatch(claims: [ClaimSamples.new()], verdicts: [verdict]))
        }
        #expect(try await ledger.counts() == LedgerCounts(claims: 0, subjects: 0, verdicts: 0))
    }

    @Test(arguments: ["/proc/none/ledger.sqlite", "/nowhere/ledger.sqlite"])
    func saysThatItCannotBeOpened(_ path: String) {
        let error = #expect(throws: LedgerError.self) { try SQLiteLedger(path: path, seal: ClaimSamples.seal) }
        #expect(error?.code == .cannotOpen)
        #expect(error?.message == "\(path): cannot be opened or created; check the folder and its owner")
    }

    /// In a process of its own, since it gives up its rights.
    @Test func saysThatItCannotBeWritten() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let path = folder.file("ledger.sqlite")
            // Released before the rights go, so that nobody holds the files open.
            try await SQLiteLedger(path: path, seal: ClaimSamples.seal).record(
                LedgerBatch(claims: [ClaimSamples.new()]))
            for name in folder.names { chmod(folder.file(name), 0o444) }
            chmod(folder.path, 0o555)
            guard geteuid() != 0 || seteuid(65534) == 0 else { return }
            do {
                try await SQLiteLedger(path: path, seal: ClaimSamples.seal).record(
                    LedgerBatch(claims: [ClaimSamples.new(key: 2)]))
                Issue.record("it was written")
            } catch let error as LedgerError {
                #expect([.cannotOpen, .readOnly].contains(error.code), "\(error)")
                #expect(!error.message.contains("\n"))
            }
            if getuid() == 0 { _ = seteuid(0) }
            chmod(folder.path, 0o755)
        }
    }
}
