internal import GRDB
package import LocalStore
internal import StoreFormats

/// Everything that a host's store says it has.
package struct HostInventory: Sendable {
    /// One path.
    package struct Entry: Sendable {
        package let info: PathInfo
        /// Whether the store says that its machine built it.
        package let isBuiltHere: Bool
    }

    /// A row that says nothing which can be used.
    package struct Defect: Sendable {
        /// The path as it is recorded; nil where that cannot be read either.
        package let path: String?
        package let reason: String
    }

    package var entries: [Entry] = []
    package var defects: [Defect] = []
}

extension HostDatabase {
    /// Reads everything at once. A row that is not what a package manager writes becomes a defect, and the others are
    /// kept: who looks at a disk that may have been tampered with wants to see the rest.
    /// - Throws: `corrupt` and others when the database as a whole cannot be read.
    package func inventory() async throws(LocalStoreError) -> HostInventory {
        let directory = directory
        return try await read { db in
            let names = try Row.fetchAll(db, sql: "PRAGMA table_info(ValidPaths)").map { $0["name"] as String }
            func column(_ name: String) -> String { names.contains(name) ? name : "NULL" }
            let columns = "id, path, hash, narSize, \(column("sigs")), \(column("ca")), \(column("ultimate"))"
            let references = try db.cachedStatement(
                sql: "SELECT path FROM Refs LEFT JOIN ValidPaths ON id = reference WHERE referrer = ?")
            var inventory = HostInventory()
            let rows = try Row.fetchCursor(db, sql: "SELECT \(columns) FROM ValidPaths ORDER BY path")
            while let row = try rows.next() {
                let values = Array(row.databaseValues)
                guard let text = String.fromDatabaseValue(values[1]) else {
                    inventory.defects.append(HostInventory.Defect(path: nil, reason: "the path cannot be read"))
                    continue
                }
                let others = try DatabaseValue.fetchAll(references, arguments: [values[0]])
                do throws(RowDefect) {
                    inventory.entries.append(try Self.entry(text, values, others, in: directory))
                } catch {
                    inventory.defects.append(HostInventory.Defect(path: text, reason: error.reason))
                }
            }
            return inventory
        }
    }

    private struct RowDefect: Error {
        let reason: String
    }

    private static func entry(
        _ text: String, _ values: [DatabaseValue], _ others: [DatabaseValue], in directory: StoreDirectory
    ) throws(RowDefect) -> HostInventory.Entry {
        guard let path = try? StorePath(text, in: directory) else {
            throw RowDefect(reason: "not a path of \(directory.path)")
        }
        guard let spelled = String.fromDatabaseValue(values[2]), let hash = try? ContentHash.parse(spelled).hash,
            let narHash = try? NarHash(hash)
        else {
            throw RowDefect(reason: "its hash cannot be read")
        }
        guard let size = Int64.fromDatabaseValue(values[3]), size > 0 else {
            throw RowDefect(reason: "no size above 0 is recorded")
        }
        var references: [StorePath] = []
        for other in others {
            guard let text = String.fromDatabaseValue(other), let reference = try? StorePath(text, in: directory) else {
                throw RowDefect(reason: "a reference of it cannot be read")
            }
            references.append(reference)
        }
        let signatures = (String.fromDatabaseValue(values[4]) ?? "").split(separator: " ").compactMap {
            try? NixSignature(parsing: String($0))
        }
        var address: ContentAddress?
        if let text = String.fromDatabaseValue(values[5]), !text.isEmpty {
            guard let parsed = try? ContentAddress(parsing: text) else {
                throw RowDefect(reason: "its content address cannot be read")
            }
            address = parsed
        }
        return HostInventory.Entry(
            info: PathInfo(
                path: path, narHash: narHash, narSize: UInt64(size), references: references, contentAddress: address,
                origin: .host, signatures: signatures),
            isBuiltHere: Int64.fromDatabaseValue(values[6]) == 1)
    }
}
