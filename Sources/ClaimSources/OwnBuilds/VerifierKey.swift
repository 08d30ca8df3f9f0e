internal import Crypto
package import StoreFormats

/// A key as signed notes name it: `name+hash+base64` (<https://c2sp.org/signed-note>), Ed25519 only.
package struct VerifierKey: Hashable, Sendable, CustomStringConvertible {
    package let name: String
    /// The 32 bytes of the Ed25519 key.
    package let bytes: [UInt8]

    private static let ed25519: UInt8 = 0x01

    /// Nil for a name that cannot stand in a note: empty, or with a space, a plus sign or a control character.
    package init?(_ key: NixPublicKey) {
        guard !key.name.isEmpty, key.name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "+") })
        else { return nil }
        name = key.name
        bytes = key.bytes
    }

    /// What tells keys of one name apart: four bytes of SHA-256 over name, line feed, type and key.
    var identifier: [UInt8] {
        let message = Array(name.utf8) + [0x0A, Self.ed25519] + bytes
        return Array(SHA256.hash(data: message).prefix(4))
    }

    package var description: String {
        "\(name)+\(Base16.encode(identifier))+\(Base64.encode([Self.ed25519] + bytes))"
    }
}
