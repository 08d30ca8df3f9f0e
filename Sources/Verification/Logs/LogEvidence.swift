internal import Ledger
internal import Quorum
internal import TransparencyLog

/// Two checkpoints of one log that do not go together, both under its signature.
struct LogEvidence: Sendable {
    /// What they show.
    enum Kind: String, Sendable {
        /// Two histories: nothing explains that but a log that lies, or whose operator lost control of it.
        case fork
        /// An older state in the place of a newer one.
        case rollback
    }

    let kind: Kind
    let origin: String
    /// What was remembered.
    let remembered: SignedNote
    /// What was shown in its place.
    let seen: SignedNote
    /// A consistency proof from the tree of the remembered size within the tree that was seen: with it the root of the
    /// remembered size follows from what was seen, and it is another one. Base64 lines; empty for trees of one size.
    var proof: [LogHash] = []
    /// What contradicts what, in one line.
    let why: String

    /// Tells pieces of evidence apart.
    var identifier: String { String(sha256(remembered.bytes + seen.bytes).hex.prefix(16)) }

    /// The files of the evidence, by their names. The reason comes last: where it is, all is.
    var files: [(name: String, bytes: [UInt8])] {
        [
            ("remembered", remembered.bytes), ("seen", seen.bytes),
            ("proof", Array(proof.map { $0.base64 + "\n" }.joined().utf8)), ("why", Array((why + "\n").utf8)),
        ]
    }
}
