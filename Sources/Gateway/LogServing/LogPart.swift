internal import Crypto
package import TransparencyLog

/// A log that is served, and the rules for what is added to it.
package struct LogPart: Sendable {
    /// Decides whether an entry is taken, from its bytes alone.
    package typealias Admission = @Sendable ([UInt8]) async -> LeafAdmission

    let directory: LogDirectory
    let sequencer: Sequencer
    let admit: Admission
    let keysOf: (@Sendable ([UInt8]) -> [LogHash])?
    private let accepted = AcceptedKeys()

    /// - Parameters:
    ///   - directory: The log's folder, whose files are served.
    ///   - sequencer: Open on that folder.
    ///   - keysOf: What the sequencer was opened with. Lists are taken beside the log only if an entry has their digest
    ///     among its keys, so the digests of the lists that an entry names belong there too.
    ///   - admit: Whether an entry is taken.
    package init(
        directory: LogDirectory, sequencer: Sequencer, keysOf: (@Sendable ([UInt8]) -> [LogHash])?,
        admit: @escaping Admission
    ) {
        self.directory = directory
        self.sequencer = sequencer
        self.keysOf = keysOf
        self.admit = admit
    }

    /// Published entries that have a key, smallest index first. Not proven to be all.
    func indexes(of key: LogHash) async -> [UInt64] {
        var indexes: [UInt64] = []
        for index in await sequencer.indexes(ofKey: key, limit: Self.mostIndexes) {
            // The index compares a part of the key; the entry decides.
            guard let entry = try? await sequencer.entry(index), keysOf?(entry).contains(key) == true else { continue }
            indexes.append(index)
        }
        return indexes
    }

    /// Takes note of an entry that the log has on its disk.
    func accept(_ entry: [UInt8]) {
        if let keysOf { accepted.insert(keysOf(entry)) }
    }

    /// Whether an entry names this digest, published or accepted lately.
    func isNamed(_ digest: LogHash) async -> Bool {
        if accepted.contains(digest) { return true }
        return await !indexes(of: digest).isEmpty
    }

    /// The SHA-256 of a list.
    func digest(of bytes: [UInt8]) -> LogHash? { LogHash(Array(SHA256.hash(data: bytes))) }

    /// Entries told for one key: each costs reading a bundle.
    private static let mostIndexes = 100
}

/// What becomes of an entry that somebody sent.
package enum LeafAdmission: Hashable, Sendable {
    case admitted
    /// 400: not in the one form that this log takes.
    case malformed(String)
    /// 403: not of a builder whose claims this log takes.
    case forbidden(String)
    /// 429: its builder sends too many.
    case tooMany(retryAfter: Int)
}
