import FoundationEssentials

/// What became of one store path in a client, as the client's own database tells it.
package struct ClientPath: Sendable, Hashable {
    /// How the path came into the store.
    package enum Origin: Sendable, Hashable {
        /// Built there, from source.
        case built
        /// Fetched from a cache; with the names of the keys whose signatures were stored.
        case substituted(signers: [String])
        /// Neither: a source that evaluating the expression put there.
        case source
        /// It is not in the store.
        case missing
    }

    /// The full path.
    package let path: String
    package let origin: Origin
    /// What it refers to, itself included if it does; full paths.
    package let references: [String]
    /// The hash of its archive in the client's store, as nix printed it (`sha256-…`); nil when it is missing.
    package let narHash: String?

    /// Reads what `nix path-info --json` prints.
    ///
    /// An array of objects with their paths inside, up to Nix 2.18; from 2.19 on an object keyed by path.
    ///
    /// - Throws: ``TryError/Code/unexpectedOutput``.
    package static func parse(_ json: [UInt8]) throws(TryError) -> [ClientPath] {
        let decoder = JSONDecoder()
        let data = Data(json)
        do {
            if json.first(where: { $0 > UInt8(ascii: " ") }) == UInt8(ascii: "[") {
                return try decoder.decode([Entry].self, from: data).compactMap { entry in
                    entry.path.map { ClientPath(path: $0, entry: entry) }
                }
            }
            return try decoder.decode([String: Entry?].self, from: data)
                .map { ClientPath(path: $0.key, entry: $0.value) }.sorted { $0.path < $1.path }
        } catch {
            throw TryError(.unexpectedOutput, "nix path-info printed JSON of an unknown form: \(error)")
        }
    }

    private init(path: String, entry: Entry?) {
        self.path = path
        narHash = entry?.narHash
        references = entry?.references ?? []
        let signers = (entry?.signatures ?? []).map { String($0.prefix { $0 != ":" }) }
        origin =
            if entry?.narHash == nil {
                .missing
            } else if entry?.ultimate == true {
                .built
            } else if !signers.isEmpty {
                .substituted(signers: signers)
            } else {
                .source
            }
    }

    /// What nix says about one path. `ultimate` is its word for "this store built it".
    private struct Entry: Decodable {
        let path: String?
        let narHash: String?
        let references: [String]?
        let signatures: [String]?
        let ultimate: Bool?
    }
}
