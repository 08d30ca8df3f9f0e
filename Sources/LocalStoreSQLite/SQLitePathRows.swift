internal import FoundationEssentials
internal import GRDB
internal import LocalStore
internal import StoreFormats

/// Rows of the table of paths, read and written inside a transaction.
struct SQLitePathRows {
    let db: Database
    let place: String

    static let columns = "id, path, refs, narHash, narSize, deriver, contentAddress, origin, registeredAt, signatures"

    /// The row's number of a path.
    func number(of path: StorePath) throws -> Int64? {
        try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT id FROM path WHERE path = ?"), arguments: [path.path])
    }

    /// Records paths together, those that refer before or behind those they refer to; returns the new ones.
    /// - Throws: `invalidReference`; then nothing of it may stay.
    func insert(_ infos: [PathInfo]) throws -> [StorePath] {
        let insert = try db.cachedStatement(
            sql: """
                INSERT INTO path
                (path, refs, narHash, narSize, deriver, contentAddress, origin, registeredAt, signatures)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        var numbers: [StorePath: Int64] = [:]
        var new: [PathInfo] = []
        var taken: [StorePath] = []
        var pending: [PathInfo] = []
        for info in infos {
            if let number = try number(of: info.path) {
                numbers[info.path] = number
                if info.origin != .host, try takeOver(number, info) { taken.append(info.path) }
                continue
            }
            // References that have no number yet come behind, when every path of this call has its own.
            var isKnown = true
            for reference in info.references where numbers[reference] == nil {
                if let number = try number(of: reference) { numbers[reference] = number } else { isKnown = false }
            }
            let references = isKnown ? try PackedNumbers.pack(info.references.compactMap { numbers[$0] }) : Data()
            try insert.execute(
                arguments: [
                    info.path.path, references, Data(info.narHash.bytes), Int64(clamping: info.narSize),
                    info.deriver?.path,
                    info.contentAddress?.description, info.origin.rawValue, info.registeredAt,
                    info.signatures.isEmpty ? nil : info.signatures.map(\.description).joined(separator: "\n"),
                ])
            numbers[info.path] = db.lastInsertedRowID
            new.append(info)
            if !isKnown { pending.append(info) }
        }
        let update = try db.cachedStatement(sql: "UPDATE path SET refs = ? WHERE id = ?")
        for info in pending {
            let references = try info.references.map { reference in
                if let number = numbers[reference] { return number }
                throw LocalStoreError(
                    .invalidReference, "\(info.path): refers to \(reference), which the store does not have")
            }
            try update.execute(arguments: [PackedNumbers.pack(references), numbers[info.path]])
        }
        return new.map(\.path) + taken
    }

    /// Makes a path our own whose contents were the host's. What it refers to must be among what it referred to: so no
    /// circle can come of it.
    private func takeOver(_ number: Int64, _ info: PathInfo) throws -> Bool {
        let look = try db.cachedStatement(sql: "SELECT origin, refs FROM path WHERE id = ?")
        guard let row = try Row.fetchOne(look, arguments: [number]), row[0] as String == PathInfo.Origin.host.rawValue
        else { return false }
        let known = Set(try numbers(row, 1, info.path).map(Int64.init))
        let references = try info.references.map { try self.number(of: $0) }
        guard references.allSatisfy({ $0.map { $0 == number || known.contains($0) } ?? false }) else { return false }
        let update = try db.cachedStatement(
            sql: """
                UPDATE path SET refs = ?, narHash = ?, narSize = ?, deriver = ?, contentAddress = ?, origin = ?,
                registeredAt = ?, signatures = ? WHERE id = ?
                """)
        try update.execute(
            arguments: [
                PackedNumbers.pack(references.compactMap { $0 }), Data(info.narHash.bytes),
                Int64(clamping: info.narSize), info.deriver?.path, info.contentAddress?.description,
                info.origin.rawValue, info.registeredAt,
                info.signatures.isEmpty ? nil : info.signatures.map(\.description).joined(separator: "\n"), number,
            ])
        return true
    }

    /// What is known of paths; those without a row are left out.
    func infos(of paths: [StorePath]) throws -> [StorePath: PathInfo] {
        let statement = try db.cachedStatement(sql: "SELECT \(Self.columns) FROM path WHERE path = ?")
        var found: [(info: PathInfo, references: [UInt32])] = []
        // Most references of a closure are in it too: their names are here already.
        var names: [UInt32: StorePath] = [:]
        for path in paths {
            guard let row = try Row.fetchOne(statement, arguments: [path.path]) else { continue }
            names[UInt32(truncatingIfNeeded: row[0] as Int64)] = path
            found.append((try info(row, path: path), try numbers(row, 2, path)))
        }
        let name = try db.cachedStatement(sql: "SELECT path FROM path WHERE id = ?")
        var known: [StorePath: PathInfo] = [:]
        known.reserveCapacity(found.count)
        for (info, numbers) in found {
            let references = try numbers.map { number in
                if let name = names[number] { return name }
                guard let text = try String.fetchOne(name, arguments: [Int64(number)]) else {
                    throw damaged("number \(number)")
                }
                let path = try path(text, in: info.path.directory)
                names[number] = path
                return path
            }
            known[info.path] = info.referring(to: references)
        }
        return known
    }

    /// What a row says, but for the references.
    private func info(_ row: Row, path: StorePath) throws -> PathInfo {
        guard let narHash = NarHash(Array(row[3] as Data)), let origin = PathInfo.Origin(rawValue: row[7] as String),
            let narSize = UInt64(exactly: row[4] as Int64)
        else { throw damaged(path.path) }
        let signatures = try (row[9] as String?)?.split(separator: "\n").map { line in
            guard let signature = try? NixSignature(parsing: String(line)) else { throw damaged(path.path) }
            return signature
        }
        return PathInfo(
            path: path, narHash: narHash, narSize: narSize, references: [],
            deriver: (row[5] as String?).flatMap { try? StorePath($0, in: path.directory) },
            contentAddress: try (row[6] as String?).map { text in
                guard let address = try? ContentAddress(parsing: text) else { throw damaged(path.path) }
                return address
            }, origin: origin, signatures: signatures ?? [], registeredAt: row[8])
    }

    /// Packed numbers of a column.
    func numbers(_ row: Row, _ column: Int, _ path: StorePath) throws -> [UInt32] {
        guard
            let numbers = try row.withUnsafeData(
                atIndex: column,
                { data in
                    data?.withUnsafeBytes { PackedNumbers.unpack($0) }
                })
        else { throw damaged(path.path) }
        return numbers
    }

    /// A path as the table has it.
    func path(_ text: String, in directory: StoreDirectory? = nil) throws -> StorePath {
        let known = directory.map { [$0] } ?? [.nix, .gnu]
        for directory in known where text.hasPrefix(directory.path + "/") {
            if let path = try? StorePath(text, in: directory) { return path }
        }
        if let slash = text.lastIndex(of: "/"), let directory = try? StoreDirectory(String(text[..<slash])),
            let path = try? StorePath(text, in: directory)
        {
            return path
        }
        throw damaged(text)
    }

    func damaged(_ what: String) -> LocalStoreError {
        LocalStoreError(.corrupt, "\(place): the row of \(what) is damaged; verify the store, or start a new one")
    }
}
