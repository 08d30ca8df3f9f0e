package import Quorum
package import StoreFormats

/// What the one who checks a proof has in hand.
package enum ProofContents: Hashable, Sendable {
    /// A store path, as a NAR: its hash, and its size in bytes.
    case nar(hash: NarHash, size: UInt64)
    /// A file.
    case file(sha256: Digest256)
}
