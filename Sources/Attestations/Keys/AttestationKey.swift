internal import Crypto
internal import Edwards25519
package import Quorum
internal import StoreFormats

/// The key of a builder, a rebuilder or a verifier, with the names that it has in envelopes and statements.
package struct AttestationKey: Sendable {
    /// The key as policies know it.
    package let identity: KeyIdentity

    /// What envelopes and links call it: a digest of a description of the key, as in-toto and rebuilderd make it.
    ///
    /// It is a hint that nobody signs. Two keys with one identifier would be a collision of SHA-256.
    package let keyID: Digest256

    /// What statements call the builder (`builder.id`) or the verifier (`verifier.id`): the key itself, as
    /// [did:key](https://w3c-ccg.github.io/did-key-spec/) has it for Ed25519.
    package let builderID: String

    /// The multicodec prefix of an Ed25519 public key.
    private static let codec: [UInt8] = [0xED, 0x01]
    private static let scheme = "did:key:z"

    /// Takes an Ed25519 key.
    ///
    /// - Throws: ``AttestationError/Code/key`` for other kinds, and for keys under which anybody can sign.
    package init(_ identity: KeyIdentity) throws(AttestationError) {
        guard identity.algorithm == .ed25519 else {
            throw AttestationError(.key, "\(identity) signs no attestations: they are signed with Ed25519")
        }
        guard !EdwardsPublicKey.isSmallOrder(identity.bytes) else {
            throw AttestationError(.key, "\(identity) is no key that can be trusted: ask its owner for the right one")
        }
        self.identity = identity
        keyID = Self.keyID(of: identity.bytes)
        builderID = Self.scheme + Base58.encode(Self.codec + identity.bytes)
    }

    /// Takes the 32 bytes of an Ed25519 key.
    package init(bytes: [UInt8]) throws(AttestationError) {
        guard let identity = KeyIdentity(algorithm: .ed25519, bytes: bytes) else {
            throw AttestationError(.key, "an Ed25519 key has 32 bytes, not \(bytes.count)")
        }
        try self.init(identity)
    }

    /// Reads ``builderID``.
    ///
    /// - Throws: ``AttestationError/Code/key`` for every other text.
    package init(builderID text: String) throws(AttestationError) {
        // 34 bytes take 46 or 47 digits.
        guard text.utf8.count <= 64, text.utf8.starts(with: Self.scheme.utf8),
            let bytes = Base58.decode(text.utf8.dropFirst(Self.scheme.utf8.count)), bytes.starts(with: Self.codec)
        else { throw AttestationError(.key, "'\(text.prefix(64))' is no Ed25519 key in the form did:key:z…") }
        try self.init(bytes: Array(bytes.dropFirst(Self.codec.count)))
        guard builderID == text else {
            throw AttestationError(.key, "'\(text)' is not how this key is written: \(builderID)")
        }
    }

    /// Whether a signature of 64 bytes is this key's, over a message.
    package func isValid(_ signature: [UInt8], over message: [UInt8]) -> Bool {
        EdwardsKeyRing.shared.isValidEd25519(signature, over: message, under: identity.bytes)
    }

    private static func keyID(of bytes: [UInt8]) -> Digest256 {
        let description =
            #"{"keyid_hash_algorithms":["sha256","sha512"],"keytype":"ed25519","keyval":{"public":""#
            + Base16.encode(bytes) + #""},"scheme":"ed25519"}"#
        return Digest256.sha256(of: Array(description.utf8))
    }
}

extension AttestationKey: Hashable {
    /// By identity: the rest follows from it.
    package static func == (left: AttestationKey, right: AttestationKey) -> Bool { left.identity == right.identity }

    package func hash(into hasher: inout Hasher) { hasher.combine(identity) }
}

extension Digest256 {
    /// The SHA-256 of bytes.
    package static func sha256(of bytes: [UInt8]) -> Digest256 {
        let digest = SHA256.hash(data: bytes).withUnsafeBytes { Digest256(Array($0)) }
        guard let digest else { preconditionFailure("SHA-256 has 32 bytes") }
        return digest
    }
}
