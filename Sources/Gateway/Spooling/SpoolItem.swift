internal import Compression
internal import Quorum
internal import StoreFormats

/// One NAR as it is to be kept: which bytes, how compressed, and who may have it.
struct SpoolItem: Sendable {
    /// Where a NAR may be fetched.
    struct Candidate: Sendable, Hashable {
        /// The cache's address as claims name it.
        let cache: String
        /// The narinfo's `URL`.
        let url: String
        let compression: CompressionFormat
        /// Party or cache name, for messages.
        let leaf: String
    }

    let storePath: StorePath
    let narHash: NarHash
    let narSize: UInt64
    /// How the NAR is offered, the file that is kept first; at least one.
    var compressions: [CompressionFormat]
    /// In the order in which they are tried.
    let candidates: [Candidate]
    /// For a path that commits to its contents: what the bytes have to show besides the NAR hash.
    let contentAddress: ContentAddress?

    /// The candidates that the file can be made of. Those that have it compressed as it is to be served come first: their
    /// bytes are kept untouched.
    var usableCandidates: [Candidate] {
        let same = candidates.filter { $0.compression == compression }
        return compression.isWritable ? same + candidates.filter { $0.compression != compression } : same
    }

    /// The same with the next compression in the place of the first; nil when another would be no easier to have.
    ///
    /// What can be written can be made of every candidate, and so can what comes behind it.
    var inNextCompression: SpoolItem? {
        guard compressions.count > 1, !compression.isWritable else { return nil }
        var item = self
        item.compressions.removeFirst()
        return item
    }

    /// How the file is compressed that is kept and served.
    var compression: CompressionFormat { compressions.first ?? .none }

    /// The address whose hash the contents have to be shown to have, where the NAR hash alone does not prove it.
    var addressToProve: ContentAddress? { contentAddress.flatMap { $0.isNarHash ? nil : $0 } }

    /// The file's name in the spool: what it holds, not where it came from.
    var fileName: String { Self.fileName(narHash: narHash, compression: compression) }

    /// The path below the gateway at which it is served. It has the store path's hash, so that whether it may be served
    /// is decided anew for each request, and the NAR's, so that a revoked outcome is gone even from cached narinfos.
    var url: String { url(compression) }

    /// The same for the NAR compressed in another way.
    func url(_ compression: CompressionFormat) -> String {
        "nar/\(storePath.hashPart)-\(Self.fileName(narHash: narHash, compression: compression))"
    }

    /// The same NAR as the file that `name` names, if it is one that was ever promised: narinfos are kept by clients for
    /// weeks, and which cache answers first, and so which compression is offered, changes meanwhile.
    func variant(named name: Substring) -> SpoolItem? {
        for compression in compressions + candidates.map(\.compression)
        where name == Self.fileName(narHash: narHash, compression: compression) {
            var item = self
            item.compressions = [compression]
            return item
        }
        return nil
    }

    static func fileName(narHash: NarHash, compression: CompressionFormat) -> String {
        let suffix = compression.fileExtension
        return "\(narHash.nix32).nar" + (suffix.isEmpty ? "" : ".\(suffix)")
    }
}
