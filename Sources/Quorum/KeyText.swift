/// Keys as policies spell them, read strictly into the raw keys they are.
enum KeyText {
    /// The roles that a C2SP verifier key's type byte can stand for (https://c2sp.org/signed-note).
    enum VerifierKind: UInt8 {
        /// Ed25519 signatures: logs, builders, signers.
        case ed25519 = 0x01
        /// Ed25519 timestamped cosignatures: witnesses.
        case cosignature = 0x04
    }

    /// The identifier that a verifier key must carry: the first four bytes, big-endian, of
    /// SHA-256(name || 0x0A || type || key).
    typealias VerifierKeyID = (_ name: String, _ typeAndKey: [UInt8]) -> UInt32

    static func nix(_ text: String) throws(Refusal) -> NamedKey {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), colon != text.utf8.startIndex,
            let bytes = StrictBase64.decode(text.utf8[text.utf8.index(after: colon)...]), bytes.count == 32
        else {
            throw Refusal(
                .key, "\(shown(text)) is no Nix key: write it as the cache prints it, NAME:BASE64 of 32 bytes")
        }
        let name = String(text[..<colon])
        try refuseGateway(name)
        return NamedKey(name: name, identity: try identity(.ed25519, bytes, text))
    }

    /// A Guix server's key; see ``GuixKeyText``.
    static func guix(_ text: String, name: String) throws(Refusal) -> NamedKey {
        guard let (algorithm, bytes) = GuixKeyText.read(text) else {
            if text.hasSuffix(".pub") {
                throw Refusal(
                    .key,
                    "\(shown(text)) is a file, which only a policy file of one's own may name, with a slash in front "
                        + "or within: write the key itself")
            }
            throw Refusal(
                .key,
                "\(shown(text)) is no Guix key: write the 64 hexadecimal digits of q in the server's signing-key.pub, "
                    + "or all of that file on one line in quotation marks")
        }
        return NamedKey(name: name, identity: try identity(algorithm, bytes, text))
    }

    /// A rebuilderd key: hexadecimal as in its links, the base64 of the raw key, or the base64 line of its PEM file.
    /// rebuilderd writes NULL parameters into that, which RFC 8410 forbids; both forms hold the same key.
    static func rebuilder(_ text: String, name: String) throws(Refusal) -> NamedKey {
        if text.utf8.count == 64, let bytes = Hexadecimal.decode(text.utf8, case: .lower) {
            return NamedKey(name: name, identity: try identity(.ed25519, bytes, text))
        }
        if let bytes = StrictBase64.decode(text.utf8) {
            if bytes.count == 32 { return NamedKey(name: name, identity: try identity(.ed25519, bytes, text)) }
            for prefix in subjectPublicKeyPrefixes where bytes.count == prefix.count + 32 && bytes.starts(with: prefix)
            {
                let raw = Array(bytes[prefix.count...])
                return NamedKey(name: name, identity: try identity(.ed25519, raw, text))
            }
        }
        throw Refusal(
            .key,
            "\(shown(text)) is no rebuilderd key: write 64 small hexadecimal digits, or the one base64 line of its "
                + "PEM file"
        )
    }

    static func verifier(
        _ text: String, kind: VerifierKind, keyID expected: VerifierKeyID?
    ) throws(Refusal) -> NamedKey {
        // Base64 may contain plus signs itself, so only the first two divide.
        let parts = text.utf8.split(separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, parts[1].count == 8,
            let id = Hexadecimal.decode(parts[1], case: .lower),
            let typeAndKey = StrictBase64.decode(parts[2]), typeAndKey.count == 33
        else {
            throw Refusal(
                .key,
                "\(shown(text)) is no verifier key: write NAME+HASH+BASE64 as C2SP signed-note has it, for Ed25519")
        }
        guard typeAndKey[0] == kind.rawValue else {
            let found = Hexadecimal.encode([typeAndKey[0]])
            switch kind {
            case .ed25519:
                throw Refusal(
                    .key, "the verifier key has type \(found), not 01: give the Ed25519 key, no witness's key")
            case .cosignature:
                throw Refusal(.key, "the witness's key has type \(found), not 04: give its cosignature key")
            }
        }
        let name = String(decoding: parts[0], as: UTF8.self)
        try refuseGateway(name)
        if let expected {
            let stated = id.reduce(0) { $0 << 8 | UInt32($1) }
            guard stated == expected(name, typeAndKey) else {
                throw Refusal(
                    .key,
                    "the verifier key's hash \(Hexadecimal.encode(id)) does not fit its name and key: copy it again")
            }
        }
        return NamedKey(name: name, identity: try identity(.ed25519, Array(typeAndKey[1...]), text))
    }

    /// A gateway signs what others built: as a voter it would turn one of their votes into two.
    static func refuseGateway(_ name: String) throws(Refusal) {
        let isGateway = name.split(separator: "/", omittingEmptySubsequences: true)
            .contains { $0.lowercased().hasPrefix("quorate-gateway-") }
        guard isGateway else { return }
        throw Refusal(
            .gatewayKey, "\(shown(name)) is a gateway's key, which signs what others built: name the builders instead")
    }

    /// A word of the file in a message: cut short, for a key may be a whole line.
    static func shown(_ text: String) -> String { text.count <= 64 ? text : text.prefix(61) + "..." }

    private static let subjectPublicKeyPrefixes: [[UInt8]] = [
        [0x30, 0x2C, 0x30, 0x07, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x05, 0x00, 0x03, 0x21, 0x00],
        [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00],
    ]

    private static func identity(
        _ algorithm: KeyAlgorithm, _ bytes: [UInt8], _ text: String
    ) throws(Refusal) -> KeyIdentity {
        if algorithm != .rsa, let problem = EdwardsPoint.problem(with: bytes) {
            throw Refusal(.key, "\(shown(text)) \(problem): ask its owner for the right key")
        }
        guard let identity = KeyIdentity(algorithm: algorithm, bytes: bytes) else {
            throw Refusal(.key, "\(shown(text)) has \(bytes.count) bytes, not 32: copy it again")
        }
        return identity
    }
}
