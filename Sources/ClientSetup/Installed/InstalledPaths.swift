internal import Quorum
internal import StoreFormats

/// What is installed: the answer of `nix path-info --all --json`, in any of its forms so far.
///
/// - nix 2.8 and before 2.19: an array of objects with `path`;
/// - nix 2.19 and later: an object keyed by full path (`--json-format 1`);
/// - nix 2.34 and later: `{"version", "storeDir", "info"}` with base names and structured hashes (`--json-format 2`,
///   `3`). <https://nix.dev/manual/nix/latest/protocols/json/store-object-info>
package struct InstalledPaths: Sendable {
    /// The newest form that this version knows.
    package static let newestVersion: UInt64 = 3

    /// What was read, in the order of the text.
    package let paths: [InstalledPath]
    /// What could not be used: one line for each entry, with its index and, where it was read, its path.
    package let problems: [ClientSetupError]

    /// What was read elsewhere, such as from a store's own database.
    package init(paths: [InstalledPath], problems: [ClientSetupError]) {
        self.paths = paths
        self.problems = problems
    }

    /// Reads the answer.
    ///
    /// An entry that is wrong becomes a problem and the others are kept; unknown fields are passed over.
    ///
    /// - Throws: `malformed` when the text is not JSON of one of the forms, `unsupported` for a newer version.
    package static func parse(_ json: [UInt8]) throws(ClientSetupError) -> InstalledPaths {
        do {
            return try read(json)
        } catch {
            throw ClientSetupError(json: error)
        }
    }

    private static func read(_ json: [UInt8]) throws(StoreFormatError) -> InstalledPaths {
        var reader = JSONReader(json)
        var entries: [InstalledPathEntry] = []
        var storeDirectory = "/nix/store"
        switch try reader.peek() {
        case .array:
            try reader.readArray { reader throws(StoreFormatError) in
                entries.append(try InstalledPathEntry(key: nil, from: &reader))
            }
        case .object:
            try reader.readObject { key, reader throws(StoreFormatError) in
                try readMember(key, from: &reader, into: &entries, storeDirectory: &storeDirectory)
            }
        default:
            throw reader.malformed("path-info prints an array or an object")
        }
        try reader.finish()
        return resolve(entries, in: storeDirectory)
    }

    private static func readMember(
        _ key: String, from reader: inout JSONReader, into entries: inout [InstalledPathEntry],
        storeDirectory: inout String
    ) throws(StoreFormatError) {
        switch key {
        case "version":
            let version = try reader.readUInt64()
            guard version <= newestVersion else {
                throw StoreFormatError(
                    .unsupported, "path-info of version \(version); ask nix with --json-format \(newestVersion)",
                    at: .offset(UInt64(reader.position)))
            }
        case "storeDir":
            storeDirectory = try reader.readString()
        case "info":
            try reader.readObject { key, reader throws(StoreFormatError) in
                entries.append(try InstalledPathEntry(key: key, from: &reader))
            }
        default:
            // A key that is no path is a field that a later nix has beside the map.
            guard key.hasPrefix("/") else { return try reader.skip() }
            entries.append(try InstalledPathEntry(key: key, from: &reader))
        }
    }

    private static func resolve(_ entries: [InstalledPathEntry], in storeDirectory: String) -> InstalledPaths {
        var resolver = InstalledPathResolver(defaultStoreDirectory: storeDirectory, expecting: 2 * entries.count)
        var paths: [InstalledPath] = []
        paths.reserveCapacity(entries.count)
        var seen = Set<String>(minimumCapacity: entries.count)
        var problems: [ClientSetupError] = []
        for (index, entry) in entries.enumerated() {
            do throws(InstalledPathDefect) {
                let path = try resolver.resolve(entry)
                guard seen.insert(path.path).inserted else { throw InstalledPathDefect("the path is there twice") }
                paths.append(path)
            } catch {
                problems.append(
                    ClientSetupError(.malformed, at: .entry(index: index, path: entry.path ?? entry.key), error.reason))
            }
        }
        return InstalledPaths(paths: paths, problems: problems)
    }
}
