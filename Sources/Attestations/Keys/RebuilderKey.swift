internal import Quorum
internal import StoreFormats

/// Public keys as rebuilderd instances show them (`/api/v1/meta/public-keys`).
package enum RebuilderKey {
    /// How the structure around the 32 bytes is spelled.
    package enum Form: Sendable, CaseIterable {
        /// With NULL as parameters of the algorithm: what rebuilderd writes, and the only form it reads.
        case rebuilderd
        /// Without parameters, as RFC 8410 has it.
        case rfc8410

        var prefix: [UInt8] {
            switch self {
            case .rebuilderd: [0x30, 0x2C, 0x30, 0x07, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x05, 0x00, 0x03, 0x21, 0x00]
            case .rfc8410: [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
            }
        }
    }

    private static let begin = "-----BEGIN PUBLIC KEY-----"
    private static let end = "-----END PUBLIC KEY-----"

    /// The structure (SubjectPublicKeyInfo, DER) that holds a key.
    package static func subjectPublicKeyInfo(of key: AttestationKey, form: Form = .rebuilderd) -> [UInt8] {
        form.prefix + key.identity.bytes
    }

    /// The PEM text with line ends of two characters, as rebuilderd writes it.
    package static func pem(of key: AttestationKey, form: Form = .rebuilderd) -> String {
        "\(begin)\r\n\(Base64.encode(subjectPublicKeyInfo(of: key, form: form)))\r\n\(end)\r\n"
    }

    /// Reads a structure in either form.
    ///
    /// - Throws: ``AttestationError/Code/key``.
    package static func parse(subjectPublicKeyInfo bytes: [UInt8]) throws(AttestationError) -> AttestationKey {
        for form in Form.allCases where bytes.count == form.prefix.count + 32 && bytes.starts(with: form.prefix) {
            return try AttestationKey(bytes: Array(bytes.dropFirst(form.prefix.count)))
        }
        throw AttestationError(.key, "no Ed25519 key: neither rebuilderd's form nor that of RFC 8410")
    }

    /// Reads a PEM text with either kind of line ends.
    ///
    /// - Throws: ``AttestationError/Code/key``.
    package static func parse(pem text: String) throws(AttestationError) -> AttestationKey {
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
            .map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }
        guard lines.count == 3, lines[0].elementsEqual(begin.utf8), lines[2].elementsEqual(end.utf8),
            let line = String(lines[1]), let bytes = try? Base64.decode(line)
        else { throw AttestationError(.key, "no PEM text of a public key in one line of base64") }
        return try parse(subjectPublicKeyInfo: bytes)
    }
}
