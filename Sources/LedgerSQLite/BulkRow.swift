internal import GRDBSQLite

/// A row that a ``BulkStatement`` stands at. Columns count from 0, and their types are those of strict tables.
struct BulkRow {
    private let statement: OpaquePointer

    init(_ statement: OpaquePointer) { self.statement = statement }

    func integer(at column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

    func text(at column: Int32) -> String {
        guard let start = sqlite3_column_text(statement, column) else { return "" }
        let count = Int(sqlite3_column_bytes(statement, column))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    /// A blob's bytes; nil for NULL.
    func bytes(at column: Int32) -> [UInt8]? {
        guard sqlite3_column_type(statement, column) != SQLITE_NULL else { return nil }
        // An empty blob has no address.
        guard let start = sqlite3_column_blob(statement, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column))))
    }
}
