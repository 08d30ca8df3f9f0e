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
    package func seal(_ claim: Claim) -> [UInt8] {
        var message = SealMessage()
        message.take(claim)
        return code(message).bytes
    }

    /// True when `record` carries the seal of exactly its claim.
    package func isValid(_ record: ClaimRecord) -> Bool {
        guard let seal = record.seal else { return false }
        var message = SealMessage()
        message.take(record.claim)
        // Compared in constant time, as Crypto compares codes.
        return mac(message) == seal
    }

    /// The seal over a message.
    func code(_ message: SealMessage) -> Digest256 {
        guard let code = mac(message).withUnsafeBytes({ Digest256($0) }) else {
            preconditionFailure("HMAC-SHA-256 has 32 bytes")
        }
        return code
    }

    private func mac(_ message: SealMessage) -> HMAC<SHA256>.MAC {
        var mac = keyed
        mac.update(data: message.bytes)
        return mac.finalize()
    }
}

/// SHA-256 as the tally's own digest type.
package func sha256(_ bytes: some Collection<UInt8>) -> Digest256 {
    if let digest = bytes.withContiguousStorageIfAvailable({ sha256(UnsafeRawBufferPointer($0)) }) { return digest }
    return Array(bytes).withUnsafeBytes { sha256($0) }
}

/// SHA-256 of bytes in place.
package func sha256(_ bytes: UnsafeRawBufferPointer) -> Digest256 {
    var hash = SHA256()
    hash.update(bufferPointer: bytes)
    guard let digest = hash.finalize().withUnsafeBytes({ Digest256($0) }) else {
        preconditionFailure("SHA-256 has 32 bytes")
    }
    return digest
}
