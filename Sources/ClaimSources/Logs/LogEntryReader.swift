internal import Attestations
package import Quorum

/// Turns entries of a transparency log into claims: the one place where a log's bytes become evidence.
///
/// It says nothing about whether the log holds the entry: who calls has checked that against a checkpoint.
package struct LogEntryReader: Sendable {
    /// What an entry comes to.
    package enum Entry: Sendable {
        /// Claims of a key that is looked for, at least one.
        case claims([Claim])
        /// An attestation of a key that is not looked for.
        case unlisted
        /// Not an attestation as this program writes them, or with a signature that fails, and why.
        case refused(String)
        /// An attestation whose list of references stands beside the log and could not be had.
        case incomplete
    }

    private let reader: AttestationReader
    /// The log's key, which the claims carry.
    private let log: KeyIdentity
    /// The log's address with a slash at the end, which the claims name.
    private let address: String

    /// - Parameters:
    ///   - builders: Whose attestations are looked for; only Ed25519 keys make any.
    ///   - log: The key of the log.
    ///   - address: The log's first address in the policy.
    package init(builders: [KeyIdentity], log: KeyIdentity, address: String) {
        reader = AttestationReader(keys: builders)
        self.log = log
        self.address = address.hasSuffix("/") ? address : address + "/"
    }

    /// Where an entry is found, as claims from it say: the address at which its proof can be had.
    package func source(ofEntry index: UInt64) -> String { "\(address)proof/\(index)" }

    /// The index in what ``source(ofEntry:)`` gave; nil for any other text.
    package func index(in source: String) -> UInt64? {
        guard source.hasPrefix(address + "proof/"), let index = UInt64(source.dropFirst(address.utf8.count + 6)),
            source == self.source(ofEntry: index)
        else { return nil }
        return index
    }

    /// Reads an entry and checks its signature.
    ///
    /// - Parameters:
    ///   - leaf: The entry's bytes.
    ///   - index: Its place in the log.
    ///   - time: Our own clock.
    ///   - source: Where lists of references stand beside the log; nil to do without.
    package func read(
        _ leaf: [UInt8], index: UInt64, at time: Timestamp, listsFrom source: LogTileSource?
    ) async -> Entry {
        do throws(AttestationError) {
            guard let attestation = try reader.read(leaf) else { return .unlisted }
            var lists: [Digest256: ReferenceList] = [:]
            for digest in attestation.referencesNeeded {
                guard let list = await Self.list(digest, from: source) else { return .incomplete }
                lists[digest] = list
            }
            return .claims(
                try attestation.claims(
                    log: log, source: self.source(ofEntry: index), observedAt: time, references: lists))
        } catch {
            return .refused(error.message)
        }
    }

    /// A list that the digest names; one that differs from it is as good as none.
    private static func list(_ digest: Digest256, from source: LogTileSource?) async -> ReferenceList? {
        guard let source, let bytes = try? await source.file("references/\(digest.hex)"),
            let list = try? ReferenceList(parsing: bytes), list.digest == digest
        else { return nil }
        return list
    }
}
