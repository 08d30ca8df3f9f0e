internal import GRDB
internal import Glibc
package import Ledger
package import Quorum

/// The ledger in an SQLite file: the embedded default.
///
/// Several processes may use one file at a time. Every commit is synced to the disk before it is acknowledged.
package struct SQLiteLedger: Ledger {
    let writer: any DatabaseWriter
    private let seal: ClaimSeal
    private let place: String
    private let notice: DamageNotice
    private let askBound = AskBound()

    /// Opens the ledger at `path`, creating or migrating it.
    /// - Parameters:
    ///   - seal: Marks what is recorded here as verified.
    ///   - patience: How many seconds another process that writes is waited for.
    ///   - onDamage: Told once, in one line, that rows cannot be read and are passed over.
    package init(
        path: String, seal: ClaimSeal, patience: Double = 10, onDamage: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(LedgerError) {
        place = path
        self.seal = seal
        notice = DamageNotice(onDamage)
        var configuration = Configuration()
        configuration.label = "ledger"
        configuration.busyMode = .timeout(patience)
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { db in
            // Reading by way of the page cache instead of copying: what is read is checked by seals all the same.
            try db.execute(sql: "PRAGMA mmap_size = 1073741824")
            // Of a new file: half as many pages to write for a log of claims. An old one keeps its size.
            try db.execute(sql: "PRAGMA page_size = 8192")
            // What a large batch changes is written once, when it is committed, instead of whenever memory is short.
            if !db.configuration.readonly { try db.execute(sql: "PRAGMA cache_size = -32768") }
            // About 80 MB of log before it is folded into the database: a first look at a machine is one log.
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 10000")
        }
        do {
            writer = try Self.open(path, configuration, patience: patience)
        } catch let error as LedgerError {
            throw error
        } catch {
            throw Self.translate(error, place: path)
        }
    }

    /// A ledger that lives as long as this value: for tests, and where the state cannot be written.
    package init(inMemory seal: ClaimSeal) throws(LedgerError) {
        place = "ledger in memory"
        self.seal = seal
        notice = DamageNotice { _ in }
        do {
            let queue = try DatabaseQueue()
            try Self.migrate(queue, place: place)
            writer = queue
        } catch let error as LedgerError {
            throw error
        } catch {
            throw Self.translate(error, place: place)
        }
    }

    /// Opens and migrates. While another process makes the same file, SQLite answers "busy" without waiting.
    private static func open(
        _ path: String, _ configuration: Configuration, patience: Double
    ) throws -> DatabasePool {
        let end = ContinuousClock.now + .seconds(patience)
        while true {
            do {
                let pool = try DatabasePool(path: path, configuration: configuration)
                // Behind GRDB, which asks for NORMAL when it has turned to WAL and prepared the connection: then a power
                // failure may undo commits that were acknowledged.
                try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
                try migrate(pool, place: path)
                return pool
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && ContinuousClock.now < end {
                usleep(20_000)
            }
        }
    }

    private static func migrate(_ writer: any DatabaseWriter, place: String) throws {
        let migrator = SQLiteSchema.migrator
        guard try writer.read({ try !migrator.hasBeenSuperseded($0) }) else {
            throw LedgerError(.newerSchema, "\(place): written by a newer version of this program; use that one")
        }
        do {
            try migrator.migrate(writer)
        } catch {
            // Another process may have made the same tables since this one looked; then a second look finds them.
            try migrator.migrate(writer)
        }
    }

    package func record(_ batch: LedgerBatch) async throws(LedgerError) {
        guard !batch.isEmpty else { return }
        let (seal, askBound) = (seal, askBound)
        do {
            try await writer.write { db in
                try SQLiteWrites(db: db, seal: seal).record(batch)
                try askBound.hold(in: db, recording: batch.asks.count)
            }
        } catch let error as LedgerError {
            throw error
        } catch {
            throw Self.translate(error, place: place)
        }
    }

    package func contents(at keys: [LookupKey]) async throws(LedgerError) -> [LookupKey: LedgerContents] {
        let (known, damaged) = try await read { db in try SQLiteReads(db: db).contents(at: keys) }
        notice.note(damaged, place: place)
        return known
    }

    package func evidence(at key: LookupKey) async throws(LedgerError) -> [Digest256: [UInt8]] {
        try await read { db in try SQLiteReads(db: db).evidence(at: key) }
    }

    package func keysOfOwnBuilds() async throws(LedgerError) -> [LookupKey] {
        try await read { db in try SQLiteReads(db: db).keysOfOwnBuilds() }
    }

    package func history(of subject: Subject, limit: Int) async throws(LedgerError) -> [VerdictRecord] {
        try await read { db in try SQLiteReads(db: db).history(of: subject, limit: limit) }
    }

    package func positions(inLog log: KeyIdentity) async throws(LedgerError) -> [KeyIdentity: UInt64] {
        try await read { db in try SQLiteReads(db: db).positions(inLog: log) }
    }

    package func counts() async throws(LedgerError) -> LedgerCounts {
        try await read { db in try SQLiteReads(db: db).counts() }
    }

    /// Folds a long log into the database, so that the next process need not read it first.
    ///
    /// A log that another process reads or writes stays: that process folds it.
    package func close() async {
        if logSize > Self.longLog {
            try? await writer.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA busy_timeout = 0")
                // SQLite does so when its last connection closes, but here that is one that only reads, which cannot.
                _ = try db.checkpoint(.truncate)
            }
        }
        try? writer.close()
    }

    /// Bytes in the log of what was written and not folded in.
    private var logSize: Int64 {
        var status = stat()
        return stat(place + "-wal", &status) == 0 ? Int64(status.st_size) : 0
    }

    /// Bytes of log that are read in about half a millisecond: folding them takes longer on a slow disk.
    private static let longLog: Int64 = 1 << 20

    private func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(LedgerError) -> Value {
        do {
            return try await writer.read(body)
        } catch let error as LedgerError {
            throw error
        } catch {
            throw Self.translate(error, place: place)
        }
    }

    static func translate(_ error: any Error, place: String) -> LedgerError {
        guard let error = error as? DatabaseError else { return LedgerError(.failed, "\(place): \(error)") }
        switch error.resultCode {
        case .SQLITE_FULL: return LedgerError(.full, "\(place): the disk is full; nothing was recorded")
        case .SQLITE_READONLY, .SQLITE_PERM:
            return LedgerError(.readOnly, "\(place): the state cannot be written; nothing was recorded")
        case .SQLITE_CANTOPEN:
            return LedgerError(.cannotOpen, "\(place): cannot be opened or created; check the folder and its owner")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return LedgerError(.busy, "\(place): another process keeps the ledger busy; try again")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return LedgerError(.corrupt, "\(place): not a ledger or damaged; move it away to start a new one")
        case .SQLITE_IOERR:
            return LedgerError(.failed, "\(place): the disk reported an error (\(error.extendedResultCode))")
        default: return LedgerError(.failed, "\(place): \(error.message ?? error.resultCode.description)")
        }
    }
}
