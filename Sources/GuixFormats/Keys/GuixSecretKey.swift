internal import StoreFormats

/// A key that signs for a Guix server: `(private-key …)`, as in `signing-key.sec`.
///
/// Its secret is shown by no description and no dump; only ``fileContents()`` gives it away.
package struct GuixSecretKey: Sendable {
    /// The key that checks what this one signs.
    package let publicKey: GuixPublicKey

    private let expression: SExpression
    private let signer: Libgcrypt.Expression

    /// Makes a new key of the kind that `guix archive --generate-key` makes, from the system's random numbers.
    ///
    /// - Throws: ``GuixFormatError/Code/library``.
    package static func generate() throws(GuixFormatError) -> GuixSecretKey {
        let parameters = SExpression.list(
            "genkey",
            .list("ecdsa", .list("curve", .word("Ed25519")), .list("flags", .word("rfc6979"))))
        let pair = try Libgcrypt.generate(parameters)
        guard let secret = pair.elements(of: "key-data")?.first(where: { $0.elements(of: "private-key") != nil }) else {
            throw GuixFormatError(.library, "libgcrypt made no secret key")
        }
        return try GuixSecretKey(secret)
    }

    /// Reads a key file, in the form that Guix writes or in the canonical one.
    ///
    /// - Throws: ``GuixFormatError/Code/invalidKey``, also when the public half does not belong to the secret one;
    ///   ``GuixFormatError/Code/limitExceeded``.
    package init(fileContents: some Collection<UInt8>) throws(GuixFormatError) {
        let expression: SExpression
        do {
            expression = try SExpression(parsing: fileContents)
        } catch {
            // Neither place nor details: they could tell of the secret.
            throw GuixFormatError(
                error.code == .limitExceeded ? .limitExceeded : .invalidKey, "Guix secret key: not an s-expression")
        }
        try self.init(expression)
    }

    private init(_ expression: SExpression) throws(GuixFormatError) {
        publicKey = try Self.publicHalf(of: expression)
        self.expression = expression
        do throws(GuixFormatError) {
            signer = try Libgcrypt.Expression(expression)
            // A signature made with the wrong public half can give the secret away: nobody sees this one.
            let probe = try sign([], host: "probe")
            guard publicKey.verify(probe, over: []) else {
                throw GuixFormatError(.invalidKey, "its two halves do not belong together")
            }
        } catch {
            throw GuixFormatError(
                error.code == .library ? .library : .invalidKey, "Guix secret key: \(error.message)")
        }
    }

    /// The public numbers of `(private-key (ecc (curve Ed25519) (q …) (d …)))` or
    /// `(private-key (rsa (n …) (e …) (d …) (p …) (q …) (u …)))`.
    private static func publicHalf(of expression: SExpression) throws(GuixFormatError) -> GuixPublicKey {
        let refusal = GuixFormatError(
            .invalidKey, "Guix secret key: not (private-key …) of the Ed25519 curve or RSA, without a passphrase")
        guard let parts = expression.elements(of: "private-key"), let part = parts.first, parts.count == 1 else {
            throw refusal
        }
        if let ecc = part.elements(of: "ecc").map(Array.init) {
            guard ecc.count == 3, let d = ecc[2].value(of: "d"), (1...33).contains(d.count) else { throw refusal }
            return try GuixPublicKey(.list("public-key", .list("ecc", ecc[0], ecc[1])))
        }
        guard let rsa = part.elements(of: "rsa").map(Array.init), rsa.count == 6 else { throw refusal }
        for (number, name) in zip(rsa[2...], ["d", "p", "q", "u"]) where number.value(of: name) == nil { throw refusal }
        return try GuixPublicKey(.list("public-key", .list("rsa", rsa[0], rsa[1])))
    }

    /// Signs a message, such as the first part of a narinfo.
    ///
    /// A signature takes a fraction of a millisecond of processor time, an RSA one some of them. One message has always
    /// the same signature.
    ///
    /// - Parameter host: what the signature calls the host that made it: printable ASCII without `;`.
    /// - Throws: ``GuixFormatError/Code/invalidSignature`` for a host's name that is none,
    ///   ``GuixFormatError/Code/library``.
    package func sign(_ message: some Collection<UInt8>, host: String) throws(GuixFormatError) -> GuixSignature {
        let digest = ContentHash(of: message, algorithm: .sha256).digest
        let data = GuixPublicKey.data(digest: digest, algorithm: publicKey.algorithm)
        let made = try Libgcrypt.sign(data: data, key: signer)
        let value: GuixSignature.Value
        do {
            value = try GuixSignature.value(made, algorithm: publicKey.algorithm)
        } catch {
            throw GuixFormatError(.library, "libgcrypt signed in a way that is not known: \(error.message)")
        }
        return try GuixSignature(host: host, publicKey: publicKey, digest: digest, value: value)
    }

    /// The text of the key file, secret included: for a file of mode 0600 and nothing else.
    package func fileContents() -> [UInt8] { expression.advanced }
}

extension GuixSecretKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The public key, and no secret.
    package var description: String { "\(publicKey):(secret)" }

    /// The public key, and no secret.
    package var debugDescription: String { description }

    /// Shows the public half only.
    package var customMirror: Mirror { Mirror(self, children: ["publicKey": publicKey]) }
}
