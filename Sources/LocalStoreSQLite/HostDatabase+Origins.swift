internal import GRDB
package import LocalStore
package import StoreFormats

/// What the database of a host's store says about how a path came there.
package struct HostOrigin: Hashable, Sendable {
    /// Whether this machine built it, where the database says so: Nix's does (`ultimate`), Guix's does not.
    package let isBuiltHere: Bool?
    /// The NAR sizes of all paths with the same deriver, in bytes: what was hashed before any of them was registered.
    package let buildSize: UInt64
}

extension HostDatabase {
    /// How paths came into this store; those that are not valid are left out.
    package func origins(of paths: [StorePath]) async throws(LocalStoreError) -> [StorePath: HostOrigin] {
        try await read { db in
            let recordsBuilds = try Row.fetchAll(db, sql: "PRAGMA table_info(ValidPaths)")
                .contains { ($0["name"] as String) == "ultimate" }
            let word = recordsBuilds ? "ultimate" : "NULL"
            let statement = try db.cachedStatement(
                sql: "SELECT coalesce(\(word), 0), deriver, narSize FROM ValidPaths WHERE path = ?")
            let size = try db.cachedStatement(sql: "SELECT coalesce(sum(narSize), 0) FROM ValidPaths WHERE deriver = ?")
            var known: [StorePath: HostOrigin] = [:]
            for path in paths where known[path] == nil {
                guard let row = try Row.fetchOne(statement, arguments: [path.path]) else { continue }
                // Without an index on derivers this is a look at the whole table: only where it decides something.
                var buildSize = UInt64(clamping: row[2] as Int64? ?? 0)
                if !recordsBuilds, let deriver = row[1] as String? {
                    buildSize = UInt64(clamping: try Int64.fetchOne(size, arguments: [deriver]) ?? 0)
                }
                known[path] = HostOrigin(
                    isBuiltHere: recordsBuilds ? (row[0] as Int64) == 1 : nil, buildSize: buildSize)
            }
            return known
        }
    }
}
