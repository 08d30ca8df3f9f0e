import DurableFiles
import Foundation
import GRDB
import SQLiteFiles
import Synchronization
import TestSupport
import Testing

struct SQLiteFileTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("things.sqlite")
    }

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 things") { try $0.execute(sql: "CREATE TABLE thing (name TEXT NOT NULL)") }
        migrator.registerMigration("2 weights") { try $0.execute(sql: "ALTER TABLE thing ADD COLUMN weight INTEGER") }
        return migrator
    }

    private func open(
        _ path: String? = nil, patience: Double = 10, syncsCommits: Bool = false
    ) throws(SQLiteFailure) -> SQLiteFile {
        try SQLiteFile(
            path: path ?? self.path, patience: patience, syncsCommits: syncsCommits, migrator: Self.migrator)
    }

    /// Another process, or as good as one, that holds what it likes as long as it likes.
    private func stranger() throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    private func expect(_ code: SQLiteFailure.Code, at path: String? = nil, _ body: () throws -> Void) {
        do {
            try body()
            Issue.record("nothing was refused")
        } catch let failure as SQLiteFailure {
            #expect(failure.code == code, "\(failure)")
            #expect(failure.message.hasPrefix((path ?? self.path) + ": ") && !failure.message.contains("\n"))
        } catch {
            Issue.record(error)
        }
    }

    private func count(_ file: SQLiteFile) throws -> Int? {
        try file.database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM thing") }
    }

    // MARK: Opening

    @Test func makesItsTables() async throws {
        for weight in 1...2 {
            try await open().database.write { db in
                try db.execute(sql: "INSERT INTO thing VALUES ('stone', ?)", arguments: [weight])
            }
        }
        #expect(try await open().database.read { try Int.fetchAll($0, sql: "SELECT weight FROM thing") } == [1, 2])
    }

    @Test func bringsOlderTablesUpToDate() async throws {
        let old = try DatabaseQueue(path: path)
        try Self.migrator.migrate(old, upTo: "1 things")
        try await old.write { try $0.execute(sql: "INSERT INTO thing VALUES ('stone')") }
        let weights = try await open().database.read { try Int?.fetchAll($0, sql: "SELECT weight FROM thing") }
        #expect(weights == [nil])
    }

    /// SQLite's numbers: 1 is NORMAL, which syncs no commit, 2 is FULL.
    @Test(arguments: [(true, 2), (false, 1)]) func syncsCommitsWhereAsked(_ isAsked: Bool, _ level: Int) async throws {
        // The second finds a file that has its log and its tables.
        for file in [try open(syncsCommits: isAsked), try open(syncsCommits: isAsked)] {
            let mode = try await file.database.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") }
            #expect(mode == "wal")
            let found = try await file.database.writeWithoutTransaction { db in
                try Int.fetchOne(db, sql: "PRAGMA synchronous")
            }
            #expect(found == level)
        }
    }

    @Test func preparesEachConnection() async throws {
        let file = try SQLiteFile(path: path, patience: 1, syncsCommits: false, migrator: Self.migrator) { db in
            try db.execute(sql: "PRAGMA page_size = 8192; PRAGMA cache_size = -123")
        }
        #expect(try await file.database.read { try Int.fetchOne($0, sql: "PRAGMA page_size") } == 8192)
        #expect(try await file.database.read { try Int.fetchOne($0, sql: "PRAGMA cache_size") } == -123)
        let writer = try await file.database.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA cache_size") }
        #expect(writer == -123)
    }

    @Test func needsNoFile() async throws {
        let file = try SQLiteFile(inMemory: "things in memory", migrator: Self.migrator)
        try await file.database.write { try $0.execute(sql: "INSERT INTO thing VALUES ('stone', 1)") }
        #expect(try count(file) == 1)
        await file.close()
        #expect(folder.names.isEmpty)
    }

    // MARK: Others at the same file

    /// Several make the file, its log and its tables at the same time: none may be turned away.
    @Test(arguments: 0..<10) func isMadeByFourAtATime(_ round: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<4 {
                group.addTask {
                    try await open().database.write { db in
                        try db.execute(sql: "INSERT INTO thing VALUES ('stone', ?)", arguments: [number])
                    }
                }
            }
            try await group.waitForAll()
        }
        let weights = try await open().database.read { db in
            try Int.fetchAll(db, sql: "SELECT weight FROM thing ORDER BY weight")
        }
        #expect(weights == [0, 1, 2, 3])
    }

    /// Who holds the file from its birth on is waited for, but not for ever.
    @Test func hasPatienceWithWhoMakesTheFile() async throws {
        let other = try stranger()
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN EXCLUSIVE; CREATE TABLE other (x)") }
        expect(.busy) { _ = try open(patience: 0.1) }
        async let file = open(patience: 60)
        try await Task.sleep(for: .milliseconds(100))
        try await other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        #expect(try count(await file) == 0)
    }

    /// SQLite does not always wait before it says that somebody else is busy with the file.
    @Test(arguments: [(60.0, 3), (0, 1)]) func triesAgainAsLongAsItHasPatience(_ patience: Double, _ tries: Int) {
        let opened = Mutex(0)
        let open = { () throws in
            try SQLiteFile(path: path, patience: patience, syncsCommits: false, migrator: Self.migrator) { db in
                guard !db.configuration.readonly else { return }
                let number = opened.withLock { number in
                    number += 1
                    return number
                }
                if number < 3 { throw DatabaseError(resultCode: .SQLITE_BUSY) }
            }
        }
        if patience > 0 {
            #expect(throws: Never.self) { try open() }
        } else {
            expect(.busy) { _ = try open() }
        }
        #expect(opened.withLock { $0 } == tries)
    }

    /// Only a migration needs the right to write.
    @Test func opensWhileAnotherWrites() async throws {
        let file = try open()
        let other = try stranger()
        try await other.writeWithoutTransaction { db in
            try db.execute(sql: "BEGIN IMMEDIATE; INSERT INTO thing VALUES ('stone', 1)")
        }
        let second = try open(patience: 0.1)
        #expect(try count(second) == 0)
        expect(.busy) {
            do {
                try second.database.write { try $0.execute(sql: "INSERT INTO thing VALUES ('feather', 1)") }
            } catch {
                throw SQLiteFailure(error, at: path)
            }
        }
        try await other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        #expect(try count(file) == 1)
    }

    // MARK: What is refused

    @Test func refusesANewerSchema() async throws {
        _ = try open()
        try await DatabaseQueue(path: path).write {
            try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('9 of the future')")
        }
        expect(.newerSchema) { _ = try open() }
    }

    @Test(arguments: ["not a database, but long enough to be looked at as one", "SQLite format 3\0"])
    func refusesWhatIsNoDatabase(_ text: String) throws {
        let bytes = Array((text + String(repeating: "x", count: 4096)).utf8)
        try folder.write("things.sqlite", bytes)
        expect(.corrupt) { _ = try open() }
        #expect(try folder.read("things.sqlite") == bytes, "it stays as it was")
    }

    /// What a crash at the first start leaves becomes a database.
    @Test func takesAnEmptyFile() throws {
        try folder.write("things.sqlite", "")
        #expect(try count(open()) == 0)
    }

    @Test(arguments: [200, 4096, 8192]) func noticesACutFile(_ bytes: Int) async throws {
        try fill(open(), things: 1000)
        try folder.write("cut.sqlite", Array(try folder.read("things.sqlite").prefix(bytes)))
        let cut = folder.file("cut.sqlite")
        expect(.corrupt, at: cut) {
            do {
                _ = try open(cut).database.read { try Row.fetchAll($0, sql: "SELECT * FROM thing").count }
            } catch {
                throw SQLiteFailure(error, at: cut)
            }
        }
    }

    @Test(arguments: ["/proc/none/things.sqlite", "/nowhere/things.sqlite"])
    func saysThatItCannotBeOpened(_ path: String) {
        expect(.cannotOpen, at: path) { _ = try open(path) }
    }

    /// In a process of its own, since it gives up its rights.
    @Test func saysThatTheFolderCannotBeWritten() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            func open() throws -> SQLiteFile {
                try SQLiteFile(
                    path: folder.file("things.sqlite"), patience: 1, syncsCommits: false,
                    migrator: SQLiteFileTests.migrator)
            }
            // Released before the rights go, so that nobody holds the file open.
            _ = try open()
            for name in folder.names { chmod(folder.file(name), 0o444) }
            chmod(folder.path, 0o555)
            guard geteuid() != 0 || seteuid(65534) == 0 else { return }
            do {
                _ = try open()
                Issue.record("it was opened")
            } catch let failure as SQLiteFailure {
                #expect([.cannotOpen, .readOnly].contains(failure.code), "\(failure)")
            }
            if getuid() == 0 { _ = seteuid(0) }
            chmod(folder.path, 0o755)
        }
    }

    // MARK: The log

    /// Writes things of a kilobyte each, and reads: so there are connections that read, too.
    private func fill(_ file: SQLiteFile, things: Int) throws {
        try file.database.write { db in
            let name = String(repeating: "x", count: 1000)
            for weight in 0..<things {
                try db.execute(sql: "INSERT INTO thing VALUES (?, ?)", arguments: [name, weight])
            }
        }
        #expect(try count(file) == things)
    }

    /// Nil when there is none.
    private var logSize: UInt64? { FileStatus(path: path + "-wal")?.size }

    @Test func foldsALongLogWhenItIsClosed() async throws {
        let file = try open()
        try fill(file, things: 3000)
        #expect(try #require(logSize) > 1 << 20)
        await file.close()
        #expect(logSize ?? 0 == 0)
        #expect(try count(open()) == 3000)
    }

    @Test func leavesAShortLogWhenItIsClosed() async throws {
        let file = try open()
        try fill(file, things: 10)
        let size = try #require(logSize)
        await file.close()
        #expect(logSize == size)
        #expect(try count(open()) == 10)
    }

    @Test(arguments: [10, 3000]) func foldsItsLogWhenItIsLetGo(_ things: Int) throws {
        try fill(open(), things: things)
        #expect(logSize == nil)
        #expect(try count(open()) == things)
    }

    /// Closed or let go: a log that somebody reads stays, and nobody is waited for.
    @Test(arguments: [true, false]) func doesNotWaitForAReader(_ isClosed: Bool) async throws {
        var file: SQLiteFile? = try open(patience: 60)
        let reader = try stranger()
        try await reader.writeWithoutTransaction { db in
            try db.execute(sql: "BEGIN")
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM thing") == 0)
        }
        try file.map { try fill($0, things: 3000) }
        let start = ContinuousClock.now
        if isClosed { await file?.close() }
        file = nil
        #expect(ContinuousClock.now - start < .seconds(30))
        #expect(try #require(logSize) > 1 << 20)
        try await reader.writeWithoutTransaction { db in
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM thing") == 0, "it reads what it began to read")
            try db.execute(sql: "COMMIT")
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM thing") == 3000)
        }
        try reader.close()
        #expect(logSize == nil, "the last one folds it")
    }
}
