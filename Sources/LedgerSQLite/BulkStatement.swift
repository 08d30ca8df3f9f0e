internal import GRDB
internal import GRDBSQLite

/// A prepared statement that runs thousands of times: values are bound and read where they lie, without a box or a copy.
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

    /// - Parameter bytes: In place until the statement has run.
    func bind(_ bytes: UnsafeRawBufferPointer, at index: Int32) {
        if let start = bytes.baseAddress, !bytes.isEmpty {
            // Without a destructor, SQLite neither copies nor frees them.
            sqlite3_bind_blob64(handle, index, start, UInt64(bytes.count), nil)
        } else {
            sqlite3_bind_zeroblob(handle, index, 0)
        }
    }

    /// - Parameter text: UTF-8, in place until the statement has run.
    func bind(text: UnsafeBufferPointer<UInt8>, at index: Int32) {
        text.withMemoryRebound(to: CChar.self) { text in
            // Without a destructor, as bytes.
            _ = sqlite3_bind_text(handle, index, text.baseAddress, Int32(clamping: text.count), nil)
        }
    }

    /// Runs a statement that gives no rows, and forgets what was bound.
    /// - Returns: How many rows were changed.
    @discardableResult
    func run() throws -> Int {
        let code = sqlite3_step(handle)
        defer { forget() }
        guard code == SQLITE_DONE else { throw error(code) }
        return Int(sqlite3_changes(sqlite3_db_handle(handle)))
    }

    /// Runs a statement that gives rows, and forgets what was bound.
    /// - Parameter body: Is given each row, which is there until it returns. It runs no other time of this statement.
    func forEachRow(_ body: (BulkRow) throws -> Void) throws {
        defer { forget() }
        while true {
            switch sqlite3_step(handle) {
            case SQLITE_ROW: try body(BulkRow(handle))
            case SQLITE_DONE: return
            case let code: throw error(code)
            }
        }
    }

    private func forget() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    /// What the connection says of its last failure, which is to be read before the statement is reset.
    private func error(_ code: Int32) -> DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: code),
            message: String(cString: sqlite3_errmsg(sqlite3_db_handle(handle))))
    }
}
