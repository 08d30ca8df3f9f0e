internal import GRDB
internal import Quorum

/// What many rows repeat, as numbers: keys, and the addresses that claims come from up to their last slash.
///
/// Numbers are given in the transaction that uses them first, and stay. They are asked for again in each transaction, so
/// that nothing in memory can differ from the file, which other processes write too.
struct NameWriter {
    private let db: Database
    private var numbers: [[UInt8]: UInt64] = [:]
    private var keys: [KeyIdentity: UInt64] = [:]

    init(_ db: Database) { self.db = db }

    /// The number of a key.
    mutating func number(of key: KeyIdentity) throws -> UInt64 {
        if let number = keys[key] { return number }
        let number = try number(of: key.name)
        keys[key] = number
        return number
    }

    /// The number of a name, which is given one if it has none.
    mutating func number(of name: [UInt8]) throws -> UInt64 {
        if let number = numbers[name] { return number }
        var number = try Int64.fetchOne(db, sql: "SELECT id FROM name WHERE name = ?", arguments: [name.blob])
        if number == nil {
            try db.execute(sql: "INSERT INTO name (name) VALUES (?)", arguments: [name.blob])
            number = db.lastInsertedRowID
        }
        let known = UInt64(bitPattern: number ?? 0)
        numbers[name] = known
        return known
    }
}
