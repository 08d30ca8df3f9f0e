internal import FoundationEssentials
internal import GRDB
internal import Ledger
internal import Quorum

/// The names behind the numbers.
struct NameReader {
    private let db: Database
    private var names: [UInt64: [UInt8]] = [:]
    private var keys: [UInt64: KeyIdentity] = [:]

    init(_ db: Database) { self.db = db }

    /// The name of a number.
    /// - Throws: ``LedgerError`` of code `corrupt` when it has none.
    mutating func name(of number: UInt64) throws -> [UInt8] {
        if let name = names[number] { return name }
        guard
            let data = try Data.fetchOne(
                db, sql: "SELECT name FROM name WHERE id = ?", arguments: [Int64(bitPattern: number)])
        else { throw FieldReader.corrupt("the number of no name") }
        names[number] = Array(data)
        return Array(data)
    }

    /// The key whose name has a number.
    mutating func key(of number: UInt64) throws -> KeyIdentity {
        if let key = keys[number] { return key }
        guard let key = KeyIdentity(name: try name(of: number)) else { throw FieldReader.corrupt("a key of no kind") }
        keys[number] = key
        return key
    }
}
