internal import Crypto
package import Quorum

/// Makes and checks the MAC that marks a claim as verified (HMAC-SHA-256, RFC 2104).
///
/// The key lives outside the database, so whoever can write rows cannot make one that counts.
package struct ClaimSeal: Sendable {
    /// The MAC with its key taken in: a copy of it takes a message, which spares the key's two blocks each time.
    private let keyed: HMAC<SHA256>

    /// - Parameter key: 32 random bytes; anything else is a programmer's error.
    package init(key: [UInt8]) {
        precondition(key.count == 32, "a seal key has 32 bytes")
        keyed = HMAC(key: SymmetricKey(data: key))
    }

    /// The seal of a verified claim.
    package func seal(_ claim: Claim) -> [UInt8] { seal(encoded: ClaimCoding.encode(claim)) }

    /// The seal of a verified claim whose stored form is at hand.
    package func seal(encoded: [UInt8]) -> [UInt8] {
        Array(code(encoded))
    }

    /// True when `record` carries the seal of exactly its claim.
    package func isValid(_ record: ClaimRecord) -> Bool {
        guard let seal = record.seal else { return false }
        // Compared in constant time, as Crypto compares codes.
        return code(ClaimCoding.encode(record.claim)) == seal
    }

    private func code(_ encoded: [UInt8]) -> HMAC<SHA256>.MAC {
        var mac = keyed
        mac.update(data: ClaimCoding.sealed(encoded))
        return mac.finalize()
    }
}

/// SHA-256 as the tally's own digest type.
package func sha256(_ bytes: some Collection<UInt8>) -> Digest256 {
    var hash = SHA256()
    if bytes.withContiguousStorageIfAvailable({ hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }) == nil {
        hash.update(data: Array(bytes))
    }
    guard let digest = Digest256(Array(hash.finalize())) else { preconditionFailure("SHA-256 has 32 bytes") }
    return digest
}
