internal import GRDB
package import Ledger
package import Quorum
internal import SQLiteFiles

/// The ledger in an SQLite file: the embedded default.
///
/// Several processes may use one file at a time. Every commit is synced to the disk before it is acknowledged.
package struct SQLiteLedger: Ledger {
    let file: SQLiteFile
    private let seal: ClaimSeal
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
        self.seal = seal
        notice = DamageNotice(onDamage)
        do {
            file = try SQLiteFile(path: path, patience: patience, syncsCommits: true, migrator: SQLiteSchema.migrator) {
                db in
                // Of a new file: half as many pages to write for a log of claims. An old one keeps its size.
                try db.execute(sql: "PRAGMA page_size = 8192")
                // What a large batch changes is written once, when it is committed, instead of whenever memory is short.
                if !db.configuration.readonly { try db.execute(sql: "PRAGMA cache_size = -32768") }
            }
        } catch {
            throw LedgerError(error, at: path)
        }
    }

    /// A ledger that lives as long as this value: for tests, and where the state cannot be written.
    package init(inMemory seal: ClaimSeal) throws(LedgerError) {
        let name = "ledger in memory"
        self.seal = seal
        notice = DamageNotice { _ in }
        do {
            file = try SQLiteFile(inMemory: name, migrator: SQLiteSchema.migrator)
        } catch {
            throw LedgerError(error, at: name)
        }
    }

    package func record(_ batch: LedgerBatch) async throws(LedgerError) {
        guard !batch.isEmpty else { return }
        let (seal, askBound) = (seal, askBound)
        do {
            try await file.database.write { db in
                try SQLiteWrites(db: db, seal: seal).record(batch)
                try askBound.hold(in: db, recording: batch.asks.count)
            }
        } catch {
            throw LedgerError(error, at: file.place)
        }
    }

    package func contents(at keys: [LookupKey]) async throws(LedgerError) -> [LookupKey: LedgerContents] {
        let (known, damaged) = try await read { db in try SQLiteReads(db: db).contents(at: keys) }
        notice.note(damaged, place: file.place)
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

    package func close() async { await file.close() }

    private func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(LedgerError) -> Value {
        do {
            return try await file.database.read(body)
        } catch {
            throw LedgerError(error, at: file.place)
        }
    }
}
