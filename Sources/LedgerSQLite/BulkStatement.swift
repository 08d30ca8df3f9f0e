internal import GRDB
internal import GRDBSQLite

/// A prepared statement that runs for thousands of rows: values are bound where they lie, without a box or a copy.
///
/// It is used inside one transaction, on its queue.
struct BulkStatement {
    private let statement: Statement

    init(_ db: Database, sql: String) throws { statement = try db.cachedStatement(sql: sql) }

    private var handle: OpaquePointer { statement.sqliteStatement }

    /// - Parameter index: From 1.
    func bind(_ value: Int64, at index: Int32) {
        sqlite3_bind_int64(handle, index, value)
    }

    /// - Parameter bytes: In place until ``run()`` has returned.
    func bind(_ bytes: UnsafeRawBufferPointer, at index: Int32) {
        if let start = bytes.baseAddress, !bytes.isEmpty {
            // Without a destructor, SQLite neither copies nor frees them.
            sqlite3_bind_blob64(handle, index, start, UInt64(bytes.count), nil)
        } else {
            sqlite3_bind_zeroblob(handle, index, 0)
        }
    }

    /// Runs a statement that gives no rows, and forgets what was bound.
    /// - Returns: How many rows were changed.
    @discardableResult
    func run() throws -> Int {
        let code = sqlite3_step(handle)
        guard code == SQLITE_DONE else {
            let message = String(cString: sqlite3_errmsg(sqlite3_db_handle(handle)))
            sqlite3_reset(handle)
            sqlite3_clear_bindings(handle)
            throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
        }
        defer {
            sqlite3_reset(handle)
            sqlite3_clear_bindings(handle)
        }
        return Int(sqlite3_changes(sqlite3_db_handle(handle)))
    }
}
