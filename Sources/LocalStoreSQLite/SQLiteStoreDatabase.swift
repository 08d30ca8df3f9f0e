internal import FoundationEssentials
internal import GRDB
internal import Glibc
package import LocalStore
internal import SQLiteFiles
package import StoreFormats

/// A store's database in an SQLite file; several processes use it at a time.
///
/// Commits are not synced one by one: contents are, before the commit, so that a power failure at worst forgets paths
/// of the last moments and never leaves one valid without its contents.
package struct SQLiteStoreDatabase: StoreDatabase {
    private let file: SQLiteFile
    private var place: String { file.place }

    /// Opens the database at `path`, creating or migrating it. Blocks.
    /// - Parameter patience: How many seconds another process that writes is waited for.
    package init(path: String, patience: Double = 30) throws(LocalStoreError) {
        do {
            file = try SQLiteFile(path: path, patience: patience, syncsCommits: false, migrator: SQLiteSchema.migrator)
        } catch {
            throw LocalStoreError(error, at: path)
        }
    }

    package func record(
        _ registrations: [[PathInfo]]
    ) throws(LocalStoreError) -> [Result<[StorePath], LocalStoreError>] {
        try blocking { () throws in
            try file.database.write { db in
                let rows = SQLitePathRows(db: db, place: place)
                return try registrations.map { infos in
                    var refusal: LocalStoreError?
                    var new: [StorePath] = []
                    try db.inSavepoint {
                        do {
                            new = try rows.insert(infos)
                            return .commit
                        } catch let error as LocalStoreError {
                            refusal = error
                            return .rollback
                        }
                    }
                    return refusal.map { .failure($0) } ?? .success(new)
                }
            }
        }
    }

    package func validNow(among paths: [StorePath]) throws(LocalStoreError) -> Set<StorePath> {
        // By the connection that is going to write: a reader would have to be woken for it.
        try blocking { () throws in
            try file.database.writeWithoutTransaction { db in try Self.valid(paths, db, place) }
        }
    }

    package func hostPathsNow(among paths: [StorePath]) throws(LocalStoreError) -> Set<StorePath> {
        try blocking { () throws in
            try file.database.writeWithoutTransaction { db in
                let statement = try db.cachedStatement(sql: "SELECT origin FROM path WHERE path = ?")
                return Set(
                    try paths.filter { path in
                        try String.fetchOne(statement, arguments: [path.path]) == PathInfo.Origin.host.rawValue
                    })
            }
        }
    }

    package func forget(
        _ choose: (StoreGraph) throws(LocalStoreError) -> [StorePath]
    ) throws(LocalStoreError) {
        try blocking { () throws in
            try file.database.writeWithoutTransaction { db in
                // At once, so that nobody records between the look and the decision.
                try db.inTransaction(.immediate) {
                    let paths = try choose(Self.graph(db, place))
                    let statement = try db.cachedStatement(sql: "DELETE FROM path WHERE path = ?")
                    for path in paths { try statement.execute(arguments: [path.path]) }
                    return .commit
                }
            }
        }
    }

    package func synchronize() throws(LocalStoreError) {
        // What is committed is in the log until it was synced and folded into the database, which SQLite does in that
        // order. Locks are on other files, so that closing this one gives none away.
        let log = place + "-wal"
        let descriptor = open(log, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { return }
            throw .system(log, "cannot be opened")
        }
        defer { close(descriptor) }
        guard fdatasync(descriptor) == 0 else { throw .system(log, "cannot be synced") }
    }

    package func infos(of paths: [StorePath]) async throws(LocalStoreError) -> [StorePath: PathInfo] {
        try await read { db, place in
            let rows = SQLitePathRows(db: db, place: place)
            return try rows.infos(of: paths)
        }
    }

    package func validPaths(among paths: [StorePath]) async throws(LocalStoreError) -> Set<StorePath> {
        try await read { db, place in try Self.valid(paths, db, place) }
    }

    package func allPaths() async throws(LocalStoreError) -> [StorePath] {
        try await read { db, place in
            let rows = SQLitePathRows(db: db, place: place)
            var paths: [StorePath] = []
            let texts = try String.fetchCursor(db, sql: "SELECT path FROM path ORDER BY path")
            while let text = try texts.next() { paths.append(try rows.path(text)) }
            return paths
        }
    }

    package func path(hashPart: String, in directory: StoreDirectory) async throws(LocalStoreError) -> StorePath? {
        guard hashPart.utf8.count == StorePath.hashPartLength, hashPart.utf8.allSatisfy({ $0 > 0x2e && $0 < 0x7f })
        else { return nil }
        return try await read { db, place in
            let start = "\(directory.path)/\(hashPart)"
            // What begins with these digits and the dash, which stands before the dot.
            let text = try String.fetchOne(
                db.cachedStatement(sql: "SELECT path FROM path WHERE path > ? AND path < ? LIMIT 1"),
                arguments: [start + "-", start + "."])
            return try text.map { try SQLitePathRows(db: db, place: place).path($0, in: directory) }
        }
    }

    package func closure(of paths: [StorePath]) async throws(LocalStoreError) -> [StorePath] {
        try await read { db, place in
            try SQLiteClosure(rows: SQLitePathRows(db: db, place: place)).closure(of: paths)
        }
    }

    package func referrers(of path: StorePath) async throws(LocalStoreError) -> [StorePath] {
        try await read { db, place in
            let rows = SQLitePathRows(db: db, place: place)
            guard let number = try rows.number(of: path) else { return [] }
            // instr finds the number's bytes, also where they are no number: the unpacked ones decide.
            let bytes = try PackedNumbers.pack([number])
            let found = try Row.fetchCursor(
                db.cachedStatement(sql: "SELECT id, path, refs FROM path WHERE instr(refs, ?) > 0"),
                arguments: [bytes])
            var referrers: [StorePath] = []
            while let row = try found.next() {
                guard row[0] != number else { continue }
                let referrer = try rows.path(row[1])
                if try rows.numbers(row, 2, referrer).contains(UInt32(truncatingIfNeeded: number)) {
                    referrers.append(referrer)
                }
            }
            return referrers.sorted()
        }
    }

    package func outputs(of deriver: StorePath) async throws(LocalStoreError) -> [PathInfo] {
        try await read { db, place in
            let rows = SQLitePathRows(db: db, place: place)
            let found = try String.fetchAll(
                db.cachedStatement(sql: "SELECT path FROM path WHERE deriver = ? ORDER BY path"),
                arguments: [deriver.path])
            let paths = try found.map { try rows.path($0) }
            let infos = try rows.infos(of: paths)
            return paths.compactMap { infos[$0] }
        }
    }

    package func graph() async throws(LocalStoreError) -> StoreGraph {
        try await read { db, place in try Self.graph(db, place) }
    }

    // MARK: Parts

    private static func valid(_ paths: [StorePath], _ db: Database, _ place: String) throws -> Set<StorePath> {
        let rows = SQLitePathRows(db: db, place: place)
        var valid: Set<StorePath> = []
        for path in paths where try rows.number(of: path) != nil { valid.insert(path) }
        return valid
    }

    private static func graph(_ db: Database, _ place: String) throws -> StoreGraph {
        let rows = SQLitePathRows(db: db, place: place)
        var nodes: [StoreGraph.Node] = []
        var numbers: [[UInt32]] = []
        var indexes: [UInt32: Int32] = [:]
        let found = try Row.fetchCursor(
            db, sql: "SELECT id, path, refs, deriver, origin, narSize FROM path ORDER BY id")
        while let row = try found.next() {
            let path = try rows.path(row[1])
            guard let origin = PathInfo.Origin(rawValue: row[4] as String) else { throw rows.damaged(path.path) }
            indexes[UInt32(truncatingIfNeeded: row[0] as Int64)] = Int32(nodes.count)
            nodes.append(
                StoreGraph.Node(
                    path: path, deriver: (row[3] as String?).flatMap { try? StorePath($0, in: path.directory) },
                    origin: origin, narSize: UInt64(clamping: row[5] as Int64)))
            numbers.append(try rows.numbers(row, 2, path))
        }
        let references = try numbers.enumerated().map { index, numbers in
            try numbers.map { number in
                guard let index = indexes[number] else { throw rows.damaged(nodes[index].path.path) }
                return index
            }
        }
        return StoreGraph(nodes: nodes, references: references)
    }

    private func blocking<Value>(_ body: () throws -> Value) throws(LocalStoreError) -> Value {
        do {
            return try body()
        } catch {
            throw LocalStoreError(error, at: place)
        }
    }

    private func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database, String) throws -> Value
    ) async throws(LocalStoreError) -> Value {
        do {
            let place = place
            return try await file.database.read { db in try body(db, place) }
        } catch {
            throw LocalStoreError(error, at: place)
        }
    }
}

extension LocalStore {
    /// Opens the store in a folder, making it when it does not exist. Blocks.
    package static func openBlocking(
        folder: String, options: LocalStoreOptions = LocalStoreOptions()
    ) throws(LocalStoreError) -> LocalStore {
        try LocalStore(folder: folder, options: options) { path throws(LocalStoreError) in
            try SQLiteStoreDatabase(path: path, patience: options.patience)
        }
    }

    /// Opens the store in a folder, making it when it does not exist.
    package static func open(
        folder: String, options: LocalStoreOptions = LocalStoreOptions()
    ) async throws(LocalStoreError) -> LocalStore {
        try await OffThread.run { () throws(LocalStoreError) in
            try openBlocking(folder: folder, options: options)
        }
    }
}
