internal import Crypto
internal import Edwards25519

/// A key that checks signatures of signed notes: `name+hash+base64` (<https://c2sp.org/signed-note>).
///
/// Two keys are equal when name, kind and bytes are. Who counts keys must compare ``publicKey``, because anyone can
/// give the same key another name.
package struct NoteKey: Sendable {
    /// What a key signs. Other types of the registry are unknown here: their lines in notes are ignored.
    package enum Kind: UInt8, Sendable, CaseIterable {
        /// The text itself, with Ed25519: logs, builders, signers of policies.
        case ed25519 = 0x01
        /// A time and the text, with Ed25519: witnesses and mirrors (<https://c2sp.org/tlog-cosignature>).
        case cosignature = 0x04
    }

    /// The name that signature lines carry; for a log its origin.
    package let name: String
    /// What the key signs.
    package let kind: Kind
    /// The 32 bytes of the Ed25519 key.
    package let publicKey: [UInt8]
    /// What tells keys of one name apart: the first four bytes of SHA-256 over name, line feed, type and key.
    package let id: UInt32

    /// The longest name, in bytes of UTF-8: what every reader of notes and every URL takes.
    package static let maximumNameByteCount = 255

    /// Puts a key together.
    ///
    /// - Throws: ``TransparencyLogError/Code/key`` for a name that no signature line can carry, for any size but 32
    ///   bytes, and for points of small order, under which signatures can be made without a secret.
    package init(name: String, kind: Kind, publicKey: [UInt8]) throws(TransparencyLogError) {
        guard Self.isName(name.utf8), name.utf8.count <= Self.maximumNameByteCount else {
            throw TransparencyLogError(
                .key, "\(StrictText.shown(name.utf8)) cannot name a key: no spaces, no plus signs, 1 to 255 bytes")
        }
        guard publicKey.count == 32 else {
            throw TransparencyLogError(.key, "a key of \(publicKey.count) bytes; Ed25519 keys have 32")
        }
        guard !EdwardsPublicKey.isSmallOrder(publicKey) else {
            throw TransparencyLogError(.key, "the key of \(name) is a point of small order: anyone could sign under it")
        }
        self.name = name
        self.kind = kind
        self.publicKey = publicKey
        id = Self.id(name: name, typedKey: [kind.rawValue] + publicKey)
    }

    /// Reads `name+hash+base64` in its one canonical spelling.
    ///
    /// - Throws: ``TransparencyLogError/Code/key``, also when the hash is not that of name and key.
    package init(_ text: some StringProtocol) throws(TransparencyLogError) {
        // Base64 may hold plus signs itself, so only the first two divide.
        let parts = text.utf8.split(separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].count == 8, let stated = StrictText.decodeHex(parts[1]),
            let typed = StrictText.decodeBase64(parts[2]), let type = typed.first
        else {
            throw TransparencyLogError(
                .key, "\(StrictText.shown(text.utf8)) is no verifier key: copy NAME+HASH+BASE64 from its owner")
        }
        guard let kind = Kind(rawValue: type) else {
            throw TransparencyLogError(
                .key,
                "\(StrictText.shown(text.utf8)) has the type \(StrictText.hex([type])): only Ed25519 (01) and "
                    + "Ed25519 cosignatures (04) are known here")
        }
        try self.init(name: String(decoding: parts[0], as: UTF8.self), kind: kind, publicKey: Array(typed[1...]))
        guard stated.elementsEqual(Self.bytes(of: id)) else {
            throw TransparencyLogError(
                .key, "\(StrictText.shown(text.utf8)): the hash does not fit name and key: copy the key again")
        }
    }

    /// The one spelling of the key.
    package var text: String {
        "\(name)+\(StrictText.hex(Self.bytes(of: id)))+\(StrictText.encodeBase64([kind.rawValue] + publicKey))"
    }

    /// Whether a signature of this kind is this key's over a message, which is not the note's text for cosignatures.
    package func isValid(_ signature: some Collection<UInt8>, over message: [UInt8]) -> Bool {
        EdwardsKeyRing.shared.isValidEd25519(Array(signature), over: message, under: publicKey)
    }

    /// Whether a signature line claims to be this key's: same name, same four bytes.
    func isNamed(by signature: NoteSignature) -> Bool {
        id == signature.keyID && name.utf8.elementsEqual(signature.name.utf8)
    }

    /// An ``id`` as signature lines begin with it.
    package static func bytes(of id: UInt32) -> [UInt8] { withUnsafeBytes(of: id.bigEndian) { Array($0) } }

    /// What tells keys of one name apart, for keys of any type: the first four bytes of SHA-256 over name, line feed,
    /// and the type's byte with the key (<https://c2sp.org/signed-note>).
    package static func id(name: String, typedKey: [UInt8]) -> UInt32 {
        SHA256.hash(data: Array(name.utf8) + [0x0A] + typedKey).prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// What signature lines may carry as a name: valid UTF-8, not empty, no white space, no plus sign.
    static func isName(_ bytes: some Collection<UInt8>) -> Bool {
        guard !bytes.isEmpty, let text = String(validating: bytes, as: UTF8.self) else { return false }
        return text.unicodeScalars.allSatisfy { scalar in
            scalar.value >= 0x20 && scalar != "+" && !scalar.properties.isWhitespace
        }
    }
}

extension NoteKey: Hashable {
    // Strings that only look alike are equal in Swift; keys of different bytes are not.
    package static func == (left: NoteKey, right: NoteKey) -> Bool {
        left.id == right.id && left.kind == right.kind && left.publicKey == right.publicKey
            && left.name.utf8.elementsEqual(right.name.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(id)
        hasher.combine(publicKey)
    }
}

extension NoteKey: CustomStringConvertible {
    /// The same as ``text``.
    package var description: String { text }
}
