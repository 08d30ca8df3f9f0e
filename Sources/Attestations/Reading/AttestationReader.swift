package import Quorum

/// Turns leaves of logs into verified attestations: signature first, then the statement along its one form.
///
/// A value that holds the keys, made once and shared by tasks.
package struct AttestationReader: Sendable {
    private let keys: [Digest256: AttestationKey]

    /// Reads attestations of some keys.
    ///
    /// - Parameter identities: Whose attestations are wanted. Keys that sign no attestations, because they are not
    ///   Ed25519 keys or keys of nobody, are left out.
    package init(keys identities: some Sequence<KeyIdentity>) {
        let keys = identities.compactMap { try? AttestationKey($0) }
        self.keys = Dictionary(keys.map { ($0.keyID, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Reads a leaf.
    ///
    /// - Returns: What was attested; nil for an envelope of a key that is not asked for, whose payload is not looked at.
    /// - Throws: ``AttestationError/Code/envelope`` and ``AttestationError/Code/limit`` for what no log of attestations
    ///   holds, ``AttestationError/Code/signature``, and ``AttestationError/Code/statement`` for statements of other
    ///   forms, whoever signed them.
    package func read(_ leaf: [UInt8]) throws(AttestationError) -> VerifiedAttestation? {
        let text = try EnvelopeText(leaf)
        guard let keyID = text.keyID else {
            throw EnvelopeText.refusal("a key identifier that is not 64 hexadecimal digits")
        }
        guard let key = keys[keyID] else { return nil }
        guard let signature = text.signature else {
            throw EnvelopeText.refusal("a signature that is not base64 of 64 bytes")
        }
        guard let message = text.message else { throw EnvelopeText.refusal("a payload that is not base64") }
        guard key.isValid(signature, over: message.bytes) else {
            throw AttestationError(.signature, "the envelope's signature does not verify under \(key.identity)")
        }
        let statement = try AttestedStatement(message.bytes, from: message.payload, builderID: key.builderID)
        return VerifiedAttestation(statement, key: key.identity, evidence: Digest256.sha256(of: leaf))
    }

    /// Whether a log takes a leaf from these builders.
    ///
    /// - Returns: False for a key that is not one of them.
    /// - Throws: As ``read(_:)``.
    package func admits(_ leaf: [UInt8]) throws(AttestationError) -> Bool { try read(leaf) != nil }
}
