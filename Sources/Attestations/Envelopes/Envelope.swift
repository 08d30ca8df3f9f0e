package import Quorum
internal import StoreFormats

/// A leaf of a log of attestations: a DSSE envelope in its one canonical form, with one Ed25519 signature.
///
///     {"payload":"BASE64","payloadType":"application/vnd.in-toto+json","signatures":[{"keyid":"HEX","sig":"BASE64"}]}
///
/// That it has this form says nothing about the signature.
package struct Envelope: Hashable, Sendable {
    /// The type of every payload: an in-toto statement.
    package static let payloadType = "application/vnd.in-toto+json"

    /// The size of a signature.
    package static let signatureBytes = 64

    /// What is signed; not looked into.
    package let payload: [UInt8]

    /// Whose signature it says it carries (``AttestationKey/keyID``).
    package let keyID: Digest256

    /// The 64 bytes of the signature.
    package let signature: [UInt8]

    /// The leaf.
    package let bytes: [UInt8]

    /// Signs a payload.
    ///
    /// - Throws: ``AttestationError/Code/limit`` when the leaf would be too large, ``AttestationError/Code/key``.
    package init(signing payload: [UInt8], by signer: AttestationSigner) throws(AttestationError) {
        let message = PreAuthenticationEncoding.encode(type: Self.payloadType, body: payload)
        let signature = try signer.signature(over: message)
        let text =
            EnvelopeText.beforePayload.description + Base64.encode(payload) + EnvelopeText.beforeKeyID.description
            + signer.key.keyID.hex + EnvelopeText.beforeSignature.description + Base64.encode(signature)
            + EnvelopeText.end.description
        try self.init(parsing: Array(text.utf8))
    }

    /// Reads a leaf.
    ///
    /// - Throws: ``AttestationError/Code/envelope`` for every other spelling, ``AttestationError/Code/limit``.
    package init(parsing leaf: [UInt8]) throws(AttestationError) {
        let text = try EnvelopeText(leaf)
        guard let keyID = text.keyID else {
            throw EnvelopeText.refusal("a key identifier that is not 64 hexadecimal digits")
        }
        guard let signature = text.signature else {
            throw EnvelopeText.refusal("a signature that is not base64 of 64 bytes")
        }
        guard let message = text.message else { throw EnvelopeText.refusal("a payload that is not base64") }
        payload = Array(message.bytes[message.payload...])
        self.keyID = keyID
        self.signature = signature
        bytes = leaf
    }

    /// Checks the signature.
    ///
    /// - Throws: ``AttestationError/Code/signature`` unless the envelope names the key and its signature verifies.
    package func verify(with key: AttestationKey) throws(AttestationError) {
        let message = PreAuthenticationEncoding.encode(type: Self.payloadType, body: payload)
        guard key.keyID == keyID, key.isValid(signature, over: message) else {
            throw AttestationError(.signature, "the envelope's signature does not verify under \(key.identity)")
        }
    }
}
