internal import DurableFiles
package import GRDB
internal import Glibc

/// A database in a file that other processes may have open too, with its tables as this program has them.
///
/// When the last reference goes, GRDB closes the connection that writes behind those that read, and SQLite folds the log
/// into the database if no other process has it open. A program that ends before that calls ``close()``.
package struct SQLiteFile: Sendable {
    /// One connection that writes and a few that read.
    package let database: any DatabaseWriter
    /// Where it is: what failures name.
    package let place: String

    /// Opens the file at `path`, creating it or bringing its tables up to date. Blocks.
    /// - Parameters:
    ///   - patience: How many seconds another process that writes, or that makes the same file, is waited for.
    ///   - syncsCommits: Whether a commit is on the disk before it returns; else a power failure may undo the newest.
    ///   - prepare: Is given each connection when it is opened.
    package init(
        path: String, patience: Double, syncsCommits: Bool, migrator: DatabaseMigrator,
        prepare: @escaping @Sendable (Database) throws -> Void = { _ in }
    ) throws(SQLiteFailure) {
        var configuration = Configuration()
        configuration.label = path
        configuration.busyMode = .timeout(patience)
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { db in
            // Reading by way of the page cache instead of copying.
            try db.execute(sql: "PRAGMA mmap_size = 1073741824")
            // Pages of log before it is folded into the database: a first look at a machine is one log.
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 10000")
            try prepare(db)
        }
        let end = ContinuousClock.now + .seconds(patience)
        while true {
            do {
                let pool = try DatabasePool(path: path, configuration: configuration)
                if syncsCommits {
                    // Behind GRDB, which asks for NORMAL when it has turned to WAL and prepared the connection.
                    try pool.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA synchronous = FULL") }
                }
                try Self.migrate(pool, migrator, place: path)
                (database, place) = (pool, path)
                return
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && ContinuousClock.now < end {
                // While another process makes the same file, SQLite says so without waiting.
                usleep(20_000)
            } catch {
                throw SQLiteFailure(error, at: path)
            }
        }
    }

    /// A database without a file, as long as this value lives.
    /// - Parameter name: What failures name.
    package init(inMemory name: String, migrator: DatabaseMigrator) throws(SQLiteFailure) {
        do {
            let queue = try DatabaseQueue()
            try Self.migrate(queue, migrator, place: name)
            (database, place) = (queue, name)
        } catch {
            throw SQLiteFailure(error, at: name)
        }
    }

    private static func migrate(_ writer: any DatabaseWriter, _ migrator: DatabaseMigrator, place: String) throws {
        let isCurrent = try writer.read { db in
            guard try !migrator.hasBeenSuperseded(db) else {
                throw SQLiteFailure(
                    .newerSchema, "\(place): written by a newer version of this program; use that one")
            }
            return try migrator.hasCompletedMigrations(db)
        }
        // A migration takes the right to write, for which others would have to wait.
        guard !isCurrent else { return }
        do {
            try migrator.migrate(writer)
        } catch {
            // Another process may have made the same tables since this one looked; then a second look finds them.
            try migrator.migrate(writer)
        }
    }

    /// Closes the database and folds a long log into it, so that the next process need not read it first.
    ///
    /// Nobody is waited for: a log that another process reads or writes stays, and that process folds it.
    package func close() async {
        if let log = FileStatus(path: place + "-wal"), log.size > Self.longLog {
            try? await database.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA busy_timeout = 0")
                // SQLite does so when its last connection closes, but here that is one that only reads, which cannot.
                _ = try db.checkpoint(.truncate)
            }
        }
        try? database.close()
    }

    /// Bytes of log that are read in about half a millisecond: folding them takes longer on a slow disk.
    private static let longLog: UInt64 = 1 << 20
}
