internal import Crypto

/// A key that signs notes, with its secret.
///
/// The secret is shown by no description and no dump; only ``secretText`` gives it away.
package struct NoteSigner: Sendable {
    /// The key that checks what this one signs.
    package let key: NoteKey

    private let signer: Curve25519.Signing.PrivateKey

    private static let prefix = Array("PRIVATE+KEY+".utf8)

    /// Makes a new key from the system's random numbers.
    ///
    /// - Throws: ``TransparencyLogError/Code/key`` for a name that no signature line can carry.
    package static func generate(name: String, kind: NoteKey.Kind) throws(TransparencyLogError) -> NoteSigner {
        try NoteSigner(name: name, kind: kind, signer: Curve25519.Signing.PrivateKey())
    }

    /// Makes the key of a seed.
    ///
    /// - Throws: ``TransparencyLogError/Code/key`` for a name that no signature line can carry and any seed but 32
    ///   bytes.
    package init(name: String, kind: NoteKey.Kind, seed: [UInt8]) throws(TransparencyLogError) {
        guard let signer = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else {
            throw TransparencyLogError(.key, "a secret key of \(seed.count) bytes; seeds of Ed25519 have 32")
        }
        try self.init(name: name, kind: kind, signer: signer)
    }

    /// Reads the text that Go's note package writes, `PRIVATE+KEY+name+hash+base64(type || seed)`, with or without one
    /// line feed behind it; for a cosigner's key the type is 04.
    ///
    /// - Throws: ``TransparencyLogError/Code/key``. The message never has the text.
    package init(_ text: some StringProtocol) throws(TransparencyLogError) {
        var bytes = Array(text.utf8)
        if bytes.last == 0x0A { bytes.removeLast() }
        let parts = bytes.dropFirst(Self.prefix.count)
            .split(separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
        guard bytes.starts(with: Self.prefix), parts.count == 3, parts[1].count == 8,
            let stated = StrictText.decodeHex(parts[1]), let typed = StrictText.decodeBase64(parts[2]),
            let type = typed.first, let kind = NoteKey.Kind(rawValue: type)
        else {
            throw TransparencyLogError(
                .key, "not a secret key: one line PRIVATE+KEY+NAME+HASH+BASE64 of an Ed25519 key is wanted")
        }
        try self.init(name: String(decoding: parts[0], as: UTF8.self), kind: kind, seed: Array(typed.dropFirst()))
        guard stated.elementsEqual(NoteKey.bytes(of: key.id)) else {
            throw TransparencyLogError(.key, "the secret key of \(key.name) was changed: its hash does not fit")
        }
    }

    private init(
        name: String, kind: NoteKey.Kind, signer: Curve25519.Signing.PrivateKey
    ) throws(TransparencyLogError) {
        key = try NoteKey(name: name, kind: kind, publicKey: Array(signer.publicKey.rawRepresentation))
        self.signer = signer
    }

    /// The line of the key file without line feed, secret included: for a file of mode 0600 and nothing else.
    package var secretText: String {
        let typed = [key.kind.rawValue] + Array(signer.rawRepresentation)
        return "PRIVATE+KEY+\(key.name)+\(StrictText.hex(NoteKey.bytes(of: key.id)))+\(StrictText.encodeBase64(typed))"
    }

    /// Signs a note's text, which ends with a line feed.
    ///
    /// - Throws: ``TransparencyLogError/Code/key`` for a cosigner's key, which must never sign plain texts.
    package func sign(_ text: [UInt8]) throws(TransparencyLogError) -> NoteSignature {
        guard key.kind == .ed25519 else {
            throw TransparencyLogError(.key, "\(key.name) is a cosigner's key: it signs no plain notes")
        }
        return NoteSignature(key: key, signature: try signature(over: text))
    }

    /// Cosigns a checkpoint: "at this time, this was the largest consistent tree that I saw".
    ///
    /// - Parameters:
    ///   - text: The checkpoint's whole text.
    ///   - time: Seconds since 1970, at most ``StrictText/maximumNumber``.
    /// - Throws: ``TransparencyLogError/Code/key`` for a key of another kind, ``TransparencyLogError/Code/range`` for a
    ///   time that cosignatures cannot have.
    package func cosign(_ text: [UInt8], at time: UInt64) throws(TransparencyLogError) -> NoteSignature {
        guard key.kind == .cosignature else {
            throw TransparencyLogError(.key, "\(key.name) is no cosigner's key: it must not cosign")
        }
        guard time <= StrictText.maximumNumber else {
            throw TransparencyLogError(.range, "\(time) is no time of a cosignature")
        }
        let bytes = withUnsafeBytes(of: time.bigEndian) { Array($0) }
        return NoteSignature(
            key: key, signature: bytes + (try signature(over: CosignedMessage.bytes(text: text, time: time))))
    }

    /// The 64 bytes of this key's signature over a message that is no note, such as a DSSE envelope's.
    ///
    /// The caller answers for the message being of a format that no other use of the key can have.
    package func signature(over message: [UInt8]) throws(TransparencyLogError) -> [UInt8] {
        guard let signature = try? signer.signature(for: message) else {
            throw TransparencyLogError(.key, "signing with the key \(key.name) failed")
        }
        return Array(signature)
    }
}

extension NoteSigner: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The public key, and no secret.
    package var description: String { "\(key) (secret)" }

    /// The public key, and no secret.
    package var debugDescription: String { description }

    /// Shows the public half only.
    package var customMirror: Mirror { Mirror(self, children: ["key": key]) }
}
