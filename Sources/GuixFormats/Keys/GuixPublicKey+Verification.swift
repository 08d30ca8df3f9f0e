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
    private func verify(_ signature: GuixSignature) -> Bool {
        Libgcrypt.verify(
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
