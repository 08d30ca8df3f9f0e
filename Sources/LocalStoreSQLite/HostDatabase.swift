internal import FoundationEssentials
internal import GRDB
internal import Glibc
package import LocalStore
package import StoreFormats

/// The store of the host's Nix or Guix, read from its database. Nothing is ever written.
package struct HostDatabase: ForeignStore {
    package let directory: StoreDirectory
    private let queue: any DatabaseReader
    private let place: String
    private let root: String
    private let hasTrust: Bool

    /// The host's Nix store.
    /// - Parameter root: The folder that its files lie below; empty for `/`.
    /// - Returns: Nil when there is none.
    /// - Throws: `cannotOpen` and others when it cannot be read; ask the package manager itself then.
    package static func nix(root: String = "") throws(LocalStoreError) -> HostDatabase? {
        try open(root + "/nix/var/nix/db/db.sqlite", .nix, root: root)
    }

    /// The host's Guix store.
    package static func guix(root: String = "") throws(LocalStoreError) -> HostDatabase? {
        try open(root + "/var/guix/db/db.sqlite", .gnu, root: root)
    }

    /// The Nix store of another system, whose files lie below a folder and are not touched in any way: its database is
    /// copied into a temporary folder, and the copy is read.
    /// - Parameter root: Without a slash at the end.
    /// - Returns: Nil when there is none.
    /// - Throws: Also `changed` when it is being written.
    package static func untouchedNix(root: String) throws(LocalStoreError) -> HostDatabase? {
        let path = root + "/nix/var/nix/db/db.sqlite"
        guard access(path, F_OK) == 0 else { return nil }
        let copy = try DatabaseCopy(of: path)
        // The connection keeps the files open and needs no names for them.
        defer { copy.remove() }
        do {
            return try HostDatabase(path, .nix, root: root, copy: copy.path)
        } catch {
            throw LocalStoreError(error, at: path)
        }
    }

    private static func open(
        _ path: String, _ directory: StoreDirectory, root: String
    ) throws(LocalStoreError) -> HostDatabase? {
        guard access(path, F_OK) == 0 else { return nil }
        do {
            return try HostDatabase(path, directory, root: root)
        } catch {
            throw LocalStoreError(error, at: path)
        }
    }

    /// - Parameter copy: Of the database, to be read instead; it may need to be put in order after a power failure, which
    ///   is why it is opened for writing.
    private init(_ path: String, _ directory: StoreDirectory, root: String, copy: String? = nil) throws {
        self.directory = directory
        self.root = root
        place = path
        var configuration = Configuration()
        configuration.label = "host store"
        configuration.readonly = copy == nil
        configuration.busyMode = .timeout(10)
        var queue: DatabaseQueue
        do {
            queue = try DatabaseQueue(path: copy ?? path, configuration: configuration)
            _ = try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_master") }
        } catch {
            // A database with a log needs a file beside it that only its owner may make. Without a log, which stands
            // there when somebody writes, the file is all there is and can be read as it is.
            var log = stat()
            guard copy == nil, stat(path + "-wal", &log) != 0 || log.st_size == 0 else { throw error }
            let escaped = path.utf8.map {
                $0 == 0x3f || $0 == 0x23 || $0 == 0x25 ? "%\(String($0, radix: 16))" : String(UnicodeScalar($0))
            }
            queue = try DatabaseQueue(path: "file:\(escaped.joined())?immutable=1", configuration: configuration)
        }
        hasTrust = try queue.read { db in
            try Row.fetchAll(db, sql: "PRAGMA table_info(ValidPaths)").contains { ($0["name"] as String) == "sigs" }
        }
        self.queue = queue
    }

    package func physicalPath(of path: StorePath) -> String { root + path.path }

    /// All valid paths, in any order. A path that cannot be read is left out: older programs took names that none takes
    /// now.
    package func allPaths() async throws(LocalStoreError) -> [StorePath] {
        try await read { db in
            try String.fetchAll(db, sql: "SELECT path FROM ValidPaths").compactMap {
                try? StorePath($0, in: directory)
            }
        }
    }

    package func infos(of paths: [StorePath]) async throws(LocalStoreError) -> [StorePath: PathInfo] {
        try await read { db in
            let extra = hasTrust ? "sigs, ca" : "NULL, NULL"
            let statement = try db.cachedStatement(
                sql: "SELECT id, hash, narSize, deriver, registrationTime, \(extra) FROM ValidPaths WHERE path = ?")
            let references = try db.cachedStatement(
                sql: "SELECT path FROM Refs JOIN ValidPaths ON id = reference WHERE referrer = ?")
            var known: [StorePath: PathInfo] = [:]
            for path in paths where known[path] == nil {
                guard let row = try Row.fetchOne(statement, arguments: [path.path]) else { continue }
                let names = try String.fetchAll(references, arguments: [row[0] as Int64])
                known[path] = try info(row, path, names)
            }
            return known
        }
    }

    package func closure(of paths: [StorePath]) async throws(LocalStoreError) -> [StorePath] {
        try await read { db in
            let number = try db.cachedStatement(sql: "SELECT id FROM ValidPaths WHERE path = ?")
            var nodes: [Int64] = []
            var indexes: [Int64: Int32] = [:]
            func index(_ number: Int64) -> Int32 {
                if let index = indexes[number] { return index }
                indexes[number] = Int32(nodes.count)
                nodes.append(number)
                return Int32(nodes.count - 1)
            }
            let starts = try paths.map { path in
                guard let number = try Int64.fetchOne(number, arguments: [path.path]) else {
                    throw LocalStoreError(.notValid, "\(path): not in the store of \(place)")
                }
                return index(number)
            }
            var references: [[Int32]] = []
            let edges = try db.cachedStatement(
                sql: """
                    SELECT referrer, reference FROM Refs
                    WHERE referrer IN (SELECT value FROM json_each(?)) AND reference != referrer
                    """)
            // Level by level: each asks for the references of all paths that the one before has found.
            while references.count < nodes.count {
                let first = references.count
                let level = nodes[first...]
                references.append(contentsOf: repeatElement([], count: level.count))
                let list = "[" + level.lazy.map(String.init).joined(separator: ",") + "]"
                let rows = try Row.fetchCursor(edges, arguments: [list])
                while let row = try rows.next() {
                    guard let from = indexes[row[0]] else { continue }
                    references[Int(from)].append(index(row[1]))
                }
            }
            let name = try db.cachedStatement(sql: "SELECT path FROM ValidPaths WHERE id = ?")
            return try GraphOrder.closure(from: starts, count: nodes.count) { references[Int($0)] }.map { node in
                guard let text = try String.fetchOne(name, arguments: [nodes[Int(node)]]) else {
                    throw LocalStoreError(.corrupt, "\(place): a reference leads nowhere")
                }
                return try path(text)
            }
        }
    }

    // MARK: Rows

    private func info(_ row: Row, _ path: StorePath, _ references: [String]) throws -> PathInfo {
        // Written as `sha256:` and hexadecimal or nix32 digits, by version.
        guard let hash = try? ContentHash.parse(row[1] as String).hash, let narHash = try? NarHash(hash) else {
            throw LocalStoreError(.corrupt, "\(place): the hash of \(path) cannot be read")
        }
        let signatures = (row[5] as String? ?? "").split(separator: " ").compactMap {
            try? NixSignature(parsing: String($0))
        }
        return PathInfo(
            path: path, narHash: narHash, narSize: UInt64(clamping: row[2] as Int64? ?? 0),
            references: try references.map { try self.path($0) },
            deriver: (row[3] as String?).flatMap { try? StorePath($0, in: directory) },
            contentAddress: (row[6] as String?).flatMap { try? ContentAddress(parsing: $0) }, origin: .host,
            signatures: signatures, registeredAt: row[4] as Int64? ?? 0)
    }

    private func path(_ text: String) throws -> StorePath {
        guard let path = try? StorePath(text, in: directory) else {
            throw LocalStoreError(.corrupt, "\(place): '\(text.prefix(200))' is no path of \(directory)")
        }
        return path
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(LocalStoreError) -> Value {
        do {
            return try await queue.read(body)
        } catch {
            throw LocalStoreError(error, at: place)
        }
    }
}
