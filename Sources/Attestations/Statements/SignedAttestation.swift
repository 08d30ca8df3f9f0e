package import Quorum

/// A statement under a signature, ready for a log.
package struct SignedAttestation: Hashable, Sendable {
    /// What goes into the log: the bytes of a canonical ``Envelope``.
    package let leaf: [UInt8]

    /// Lists of references that the log must keep beside it; nearly always none.
    package let references: [ReferenceList]

    /// The digest of the inputs, whose list should be kept beside it too.
    package let inputs: Digest256?

    /// The SHA-256 of the leaf: what claims have as evidence.
    package var leafDigest: Digest256 { Digest256.sha256(of: leaf) }
}
