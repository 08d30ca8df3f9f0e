internal import Edwards25519
internal import StoreFormats

extension GuixPublicKey {
    /// Whether a signature is this key's, over a message.
    ///
    /// The key that the signature names must be this one, and the digest in it the message's.
    package func verify(_ signature: GuixSignature, over message: some Collection<UInt8>) -> Bool {
        guard signature.publicKey == self else { return false }
        return signature.digest == ContentHash(of: message, algorithm: .sha256).digest && verify(signature)
    }

    /// Whether the signature is this key's over the digest that it names.
    ///
    /// Keys that are used often are checked by a table of their multiples, the others by libgcrypt, with one decision.
    private func verify(_ signature: GuixSignature) -> Bool {
        if case .ecdsaEd25519(let q) = numbers, case .ecdsa(let r, let s) = signature.value,
            let known = EdwardsKeyRing.shared.publicKey(q)
        {
            return known.isValidECDSA(r: r, s: s, digest: signature.digest)
        }
        return verifyWithLibrary(signature)
    }

    /// What libgcrypt says.
    ///
    /// It is not asked about points with a coordinate below 2^192, on which its version 1.10 ends the program.
    func verifyWithLibrary(_ signature: GuixSignature) -> Bool {
        if case .ecdsaEd25519(let q) = numbers, !EdwardsPublicKey.hasLongCoordinates(q) { return false }
        return Libgcrypt.verify(
            signature: signature.valueExpression, data: Self.data(digest: signature.digest, algorithm: algorithm),
            key: expression)
    }

    /// `(data (flags …) (hash sha256 …))`: what is signed, and how.
    static func data(digest: [UInt8], algorithm: Algorithm) -> SExpression {
        let flag =
            switch algorithm {
            case .ecdsaEd25519: "rfc6979"
            case .rsa: "pkcs1"
            }
        return .list("data", .list("flags", .word(flag)), .list("hash", .word("sha256"), .atom(digest)))
    }
}
