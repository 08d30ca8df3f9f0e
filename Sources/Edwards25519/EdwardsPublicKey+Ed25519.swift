internal import Crypto

extension EdwardsPublicKey {
    /// Whether 64 bytes are this key's Ed25519 signature over a message (RFC 8032, 5.1.7), as BoringSSL decides it.
    ///
    /// Where the RFC leaves a choice: no cofactor (the equation must hold itself, not eight times), s must be below n, and
    /// R is compared as bytes, so that only its canonical encoding can be right.
    package func isValidEd25519(_ signature: [UInt8], over message: [UInt8]) -> Bool {
        guard signature.count == 64, let r = Words256(littleEndian: signature),
            let s = Words256(littleEndian: signature, at: 32).flatMap({ Scalar($0) })
        else { return false }
        var hash = SHA512()
        signature.withUnsafeBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<32])) }
        bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
        message.withUnsafeBytes { hash.update(bufferPointer: $0) }
        guard let digest = Words512(littleEndian: Array(hash.finalize())) else { return false }
        // The equation is s·B = R + k·A, so R must be s·B − k·A.
        return combination(s, Scalar(reducing: digest), negated: true).encoded == r
    }
}
