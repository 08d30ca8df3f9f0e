internal import StoreFormats

/// A signature as it stands behind `Signature:`, `1;host;base64`: digest, signature value and key in an s-expression.
///
/// Nothing in it is believed before ``GuixPublicKey/verify(_:over:)`` says so. The host's name says where it was made;
/// it is not signed.
package struct GuixSignature: Hashable, Sendable {
    enum Value: Hashable, Sendable {
        case ecdsa(r: [UInt8], s: [UInt8])
        case rsa(s: [UInt8])
    }

    /// The name of the host that signed, or what it calls itself.
    package let host: String
    /// The key that the signature says it is of.
    package let publicKey: GuixPublicKey
    /// The SHA-256 digest that the signature says it is over: 32 bytes.
    package let digest: [UInt8]

    let value: Value

    /// The longest name of a host in bytes.
    package static let maximumHostLength = 255
    /// The longest signature in bytes. One of the largest RSA key has less than 9,000.
    package static let maximumLength = 16 * 1024

    init(host: String, publicKey: GuixPublicKey, digest: [UInt8], value: Value) throws(GuixFormatError) {
        guard Self.isHost(host.utf8) else {
            throw GuixFormatError(
                .invalidSignature, "signature: the host's name is not 1 to 255 printable characters without ;")
        }
        guard digest.count == 32 else { throw GuixFormatError(.invalidSignature, "signature: no SHA-256 digest") }
        self.host = host
        self.publicKey = publicKey
        self.digest = digest
        self.value = value
    }

    /// Reads `1;host;base64`.
    ///
    /// Only what libgcrypt writes is taken: another spelling of the same signature is refused.
    ///
    /// - Throws: ``GuixFormatError/Code/invalidSignature``, ``GuixFormatError/Code/limitExceeded``.
    package init(parsing text: String) throws(GuixFormatError) {
        try self.init(utf8: [UInt8](text.utf8)[...])
    }

    init(utf8 text: ArraySlice<UInt8>) throws(GuixFormatError) {
        guard text.count <= Self.maximumLength else {
            throw GuixFormatError(.limitExceeded, "signature is longer than \(Self.maximumLength) bytes")
        }
        let parts = text.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        guard parts.count == 3 else {
            throw GuixFormatError(.invalidSignature, "signature: not of the form 1;HOST;BASE64")
        }
        guard parts[0].elementsEqual("1".utf8) else {
            throw GuixFormatError(.invalidSignature, "signature: of another version than 1")
        }
        let bytes: [UInt8]
        do {
            bytes = try Base64.decode(parts[2])
        } catch {
            throw GuixFormatError(error, .invalidSignature).prefixed("signature")
        }
        do throws(GuixFormatError) {
            let expression = try SExpression(parsing: bytes)
            try self.init(host: String(decoding: parts[1], as: UTF8.self), expression: expression)
        } catch {
            throw GuixFormatError(.invalidSignature, "signature: \(error.message)")
        }
        guard expression.advanced == bytes else {
            throw GuixFormatError(.invalidSignature, "signature: not spelled as libgcrypt spells it")
        }
    }

    private init(host: String, expression: SExpression) throws(GuixFormatError) {
        let refusal = GuixFormatError(.invalidSignature, "not (signature (data …) (sig-val …) (public-key …))")
        guard let parts = expression.elements(of: "signature").map(Array.init), parts.count == 3 else { throw refusal }
        let key = try GuixPublicKey(parts[2])
        guard let data = parts[0].elements(of: "data").map(Array.init), data.count == 2,
            let hash = data[1].elements(of: "hash"), case .atom(let digest)? = hash.last,
            parts[0] == GuixPublicKey.data(digest: digest, algorithm: key.algorithm)
        else {
            throw GuixFormatError(
                .invalidSignature, "not over a SHA-256 digest by the rules for its key: rfc6979 or pkcs1")
        }
        let value = try Self.value(parts[1], algorithm: key.algorithm)
        // As long as the modulus, zeros in front included, so that there is one spelling.
        if case .rsa(let s) = value, case .rsa(let n, _) = key.numbers, s.count != n.count {
            throw GuixFormatError(
                .invalidSignature, "s has \(s.count) bytes, and the modulus of its key \(n.count)")
        }
        try self.init(host: host, publicKey: key, digest: digest, value: value)
    }

    /// Reads `(sig-val (ecdsa (r …) (s …)))` or `(sig-val (rsa (s …)))`.
    static func value(
        _ expression: SExpression, algorithm: GuixPublicKey.Algorithm
    ) throws(GuixFormatError) -> Value {
        guard let parts = expression.elements(of: "sig-val"), let part = parts.first, parts.count == 1 else {
            throw GuixFormatError(.invalidSignature, "no (sig-val …) with one signature in it")
        }
        switch algorithm {
        case .ecdsaEd25519:
            guard let numbers = part.elements(of: "ecdsa").map(Array.init), numbers.count == 2,
                let r = numbers[0].value(of: "r"), let s = numbers[1].value(of: "s")
            else { throw GuixFormatError(.invalidSignature, "not (ecdsa (r …) (s …)), which its key asks for") }
            try checkNumber(r, "r")
            try checkNumber(s, "s")
            return .ecdsa(r: r, s: s)
        case .rsa:
            guard let numbers = part.elements(of: "rsa"), numbers.count == 1,
                let s = numbers.first?.value(of: "s"), s.count <= GuixPublicKey.modulusBits.upperBound / 8
            else { throw GuixFormatError(.invalidSignature, "not (rsa (s …)), which its key asks for") }
            return .rsa(s: s)
        }
    }

    /// Numbers of an ECDSA signature have one spelling: up to 32 bytes, no zeros in front.
    private static func checkNumber(_ bytes: [UInt8], _ name: String) throws(GuixFormatError) {
        guard let first = bytes.first, bytes.contains(where: { $0 != 0 }) else {
            throw GuixFormatError(.invalidSignature, "\(name) is zero")
        }
        guard first != 0 else {
            throw GuixFormatError(.invalidSignature, "\(name) has zeros in front, which libgcrypt does not write")
        }
        guard bytes.count <= 32 else {
            throw GuixFormatError(.invalidSignature, "\(name) has \(bytes.count) bytes: 32 are the most")
        }
    }

    /// `(sig-val …)`.
    var valueExpression: SExpression {
        switch value {
        case .ecdsa(let r, let s): .list("sig-val", .list("ecdsa", .list("r", .atom(r)), .list("s", .atom(s))))
        case .rsa(let s): .list("sig-val", .list("rsa", .list("s", .atom(s))))
        }
    }

    /// The whole signature.
    package var expression: SExpression {
        .list(
            "signature", GuixPublicKey.data(digest: digest, algorithm: publicKey.algorithm), valueExpression,
            publicKey.expression)
    }

    static func isHost(_ name: some Collection<UInt8>) -> Bool {
        (1...maximumHostLength).contains(name.count)
            && name.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ";") }
    }
}

extension GuixSignature: CustomStringConvertible {
    /// `1;host;base64`.
    package var description: String { "1;\(host);\(Base64.encode(expression.advanced))" }
}
