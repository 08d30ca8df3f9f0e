internal import Crypto
package import Quorum
package import TransparencyLog

/// What a builder hands to others: its address and the public keys of all its roles, signed by the builder's key.
///
/// A card says who somebody is, and nobody has to believe it: it is compared with what its owner says.
/// `docs/builder.md` describes the text.
package struct BuilderCard: Hashable, Sendable {
    /// What its owner calls the builder.
    package let name: BuilderName
    package let address: BuilderAddress
    /// Signs attestations, and this card.
    package let builder: NoteKey
    /// Signs the log's checkpoints.
    package let log: NoteKey
    /// Cosigns checkpoints of others that are consistent with what it saw before.
    package let witness: NoteKey
    /// Cosigns checkpoints of others whose entries it keeps.
    package let mirror: NoteKey
    /// When it was written, by its owner's clock. A newer card takes the place of an older one.
    package let issued: Timestamp
    /// The signed note as it came.
    package let note: [UInt8]

    /// All keys, the builder's first.
    package var allKeys: [NoteKey] { [builder, log, witness, mirror] }

    /// The key of a role.
    package func key(_ role: BuilderAddress.Role) -> NoteKey {
        switch role {
        case .log: log
        case .witness: witness
        case .mirror: mirror
        }
    }

    /// The builder's key as policies and claims have it.
    package var identity: KeyIdentity? { KeyIdentity(algorithm: .ed25519, bytes: builder.publicKey) }

    /// What two people compare: SHA-256 of the builder's verifier key in groups of four digits.
    package var fingerprint: String { Self.grouped(Self.fingerprint(of: builder)) }

    /// Whether a word can name a builder's key at all.
    static func isKeyWord(_ word: String) -> Bool {
        let digits = word.filter { $0 != " " }
        return (try? NoteKey(word)) != nil || (digits.utf8.count == 64 && digits.allSatisfy(\.isHexDigit))
    }

    /// Whether a word, a verifier key or a fingerprint with or without spaces, names the builder's key.
    package func isNamed(by word: String) -> Bool {
        word == builder.text || word.filter { $0 != " " }.lowercased() == Self.fingerprint(of: builder)
    }

    private static func fingerprint(of key: NoteKey) -> String {
        SecretFile.hex(SHA256.hash(data: Array(key.text.utf8)))
    }

    private static func grouped(_ digits: String) -> String {
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && index % 4 == 0 { text += " " }
            text.append(digit)
        }
        return text
    }

    /// The lines for a policy that counts this builder, under the name that it has there.
    ///
    /// - Parameter name: Nil for the builder's own.
    package func policyLines(as name: BuilderName? = nil) -> [String] {
        let name = name ?? self.name
        return [
            "builder \(name) \(builder.text) \(address.url(.log))",
            "log \(log.text) \(address.url(.log))",
            "witness \(name)-witness \(witness.text) \(address.url(.witness))",
        ]
    }
}
