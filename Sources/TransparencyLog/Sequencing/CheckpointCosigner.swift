/// A witness or a mirror of this log, as the sequencer sees it.
///
/// What it answers is believed in nothing: cosignatures are verified, and a larger tree counts only with this log's own
/// signature. Calls must end when their task is cancelled; the sequencer gives each a deadline.
package protocol CheckpointCosigner: Sendable {
    /// What it cosigns with: a key of the kind ``NoteKey/Kind/cosignature``.
    var key: NoteKey { get }

    /// The newest checkpoint of the log that it cosigned; nil when it never cosigned one.
    ///
    /// - Throws: Whatever keeps it from answering, which is not the same as nil.
    func newest(origin: String) async throws -> SignedNote?

    /// Asks for a cosignature. A mirror gets the entries first: all tiles of the checkpoint are on the disk.
    func cosign(_ request: CosignRequest) async throws -> CosignAnswer
}

/// What a cosigner needs for its decision (<https://c2sp.org/tlog-witness>).
package struct CosignRequest: Sendable {
    /// The size that the cosigner is thought to have seen last.
    package let oldSize: UInt64
    /// That the checkpoint's tree begins with the one of that size.
    package let proof: [LogHash]
    /// The checkpoint with the log's signature; its note is what is sent.
    package let checkpoint: VerifiedCheckpoint

    /// Puts a request together.
    package init(oldSize: UInt64, proof: [LogHash], checkpoint: VerifiedCheckpoint) {
        self.oldSize = oldSize
        self.proof = proof
        self.checkpoint = checkpoint
    }
}

/// What a cosigner said.
package enum CosignAnswer: Sendable {
    /// Lines; only those of its own key count.
    case cosigned([NoteSignature])
    /// It has seen another size than it was thought to have: 409 in the protocol.
    case conflict(size: UInt64)
}
