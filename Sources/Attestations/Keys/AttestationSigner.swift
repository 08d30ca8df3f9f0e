internal import Quorum
package import StoreFormats

/// A key that signs attestations. Its secret is shown by no description.
package struct AttestationSigner: Sendable, CustomStringConvertible, CustomReflectable {
    /// The key that checks what this one signs.
    package let key: AttestationKey

    private let signMessage: @Sendable (_ message: [UInt8]) throws -> [UInt8]

    /// Signs with a key file of a builder.
    ///
    /// - Throws: ``AttestationError/Code/key``.
    package init(_ secret: NixSecretKey) throws(AttestationError) {
        try self.init(publicKey: secret.publicKey.bytes) { try secret.sign($0).bytes }
    }

    /// Signs by a function.
    ///
    /// - Parameters:
    ///   - publicKey: The 32 bytes of the Ed25519 key.
    ///   - sign: Gives the 64 bytes of the signature over a message.
    /// - Throws: ``AttestationError/Code/key``.
    package init(
        publicKey: [UInt8], sign: @escaping @Sendable (_ message: [UInt8]) throws -> [UInt8]
    ) throws(AttestationError) {
        key = try AttestationKey(bytes: publicKey)
        signMessage = sign
    }

    /// The 64 bytes of a signature, which has been checked.
    ///
    /// - Throws: ``AttestationError/Code/key`` when signing fails or gives what the key does not verify.
    package func signature(over message: [UInt8]) throws(AttestationError) -> [UInt8] {
        let signature: [UInt8]
        do {
            signature = try signMessage(message)
        } catch {
            throw AttestationError(.key, "signing with \(key.identity) failed: \(error)")
        }
        // A log keeps what it is given for ever: a signer that does not fit its key must not get that far.
        guard signature.count == Envelope.signatureBytes, key.isValid(signature, over: message) else {
            throw AttestationError(.key, "what signs does not belong to \(key.identity): check the key files")
        }
        return signature
    }

    package var description: String { "\(key.identity) (secret)" }

    package var customMirror: Mirror { Mirror(self, children: ["key": key]) }
}
