internal import Edwards25519
internal import StoreFormats

/// A key that checks signatures of Guix servers: a point of the Ed25519 curve under which ECDSA is done, or an RSA key.
///
/// Two values are equal when the keys are, however they were spelled.
package struct GuixPublicKey: Hashable, Sendable {
    /// How a key signs.
    package enum Algorithm: Hashable, Sendable, CaseIterable {
        /// ECDSA over the Ed25519 curve with nonces as in RFC 6979: what Guix makes. No EdDSA.
        case ecdsaEd25519
        /// RSA with PKCS #1 padding, which old keys may be.
        case rsa
    }

    enum Numbers: Hashable, Sendable {
        /// The 32 bytes of the point, as EdDSA encodes it.
        case ecdsaEd25519(q: [UInt8])
        /// Big-endian, without zeros in front.
        case rsa(n: [UInt8], e: [UInt8])
    }

    let numbers: Numbers

    /// The number of bytes of a point.
    package static let pointByteCount = 32
    /// The bits that an RSA modulus may have: from what is not broken to what does not take long to verify.
    package static let modulusBits = 2048...8192
    /// The longest RSA exponent in bytes. A long one makes each verification slow.
    package static let maximumExponentBytes = 8

    /// How the key signs.
    package var algorithm: Algorithm {
        switch numbers {
        case .ecdsaEd25519: .ecdsaEd25519
        case .rsa: .rsa
        }
    }

    /// The key without any wrapping: the 32 bytes of the point, or for RSA the canonical s-expression
    /// `(public-key (rsa (n …) (e …)))`, in which n has a zero in front if its highest bit is set.
    package var identityBytes: [UInt8] {
        switch numbers {
        case .ecdsaEd25519(let q): q
        case .rsa: expression.canonical
        }
    }

    /// What is shown of the key: the point q, or n, in upper-case hexadecimal as Guix writes it.
    package var hexadecimal: String {
        switch numbers {
        case .ecdsaEd25519(let q): Self.digits(q)
        case .rsa(let n, _): Self.digits(n)
        }
    }

    /// Creates a key from a point.
    ///
    /// - Throws: ``GuixFormatError/Code/invalidKey`` for any size but 32 bytes, for points of small order, under which
    ///   anybody can sign, and for a second spelling of another point.
    package init(ecdsaEd25519 q: some Collection<UInt8>) throws(GuixFormatError) {
        let q = [UInt8](q)
        guard q.count == Self.pointByteCount else {
            throw GuixFormatError(.invalidKey, "Guix key: q has \(q.count) bytes; it needs 32")
        }
        guard !EdwardsPublicKey.isSmallOrder(q) else {
            throw GuixFormatError(.invalidKey, "Guix key: q is a point of small order: anyone could sign under it")
        }
        // y is a number modulo 2^255 - 19; the highest bit is the sign of x.
        let isReduced = q[31] & 0x7f != 0x7f || q[0] < 0xed || !q[1..<31].allSatisfy { $0 == 0xff }
        guard isReduced else { throw GuixFormatError(.invalidKey, "Guix key: q is not in canonical form") }
        numbers = .ecdsaEd25519(q: q)
    }

    /// Creates an RSA key from its modulus and exponent, big-endian; one zero in front of each is left out.
    ///
    /// - Throws: ``GuixFormatError/Code/invalidKey`` for sizes beyond the limits and for even numbers.
    package init(rsaModulus n: some Collection<UInt8>, exponent e: some Collection<UInt8>) throws(GuixFormatError) {
        guard let n = UnsignedNumber.bytes(n), let e = UnsignedNumber.bytes(e) else {
            throw GuixFormatError(.invalidKey, "RSA key: a number that is not in canonical form")
        }
        let bits = n.count * 8 - n[0].leadingZeroBitCount
        guard Self.modulusBits.contains(bits) else {
            throw GuixFormatError(
                .invalidKey,
                "RSA key of \(bits) bits: it needs \(Self.modulusBits.lowerBound) to \(Self.modulusBits.upperBound)")
        }
        guard e.count <= Self.maximumExponentBytes, e != [1], let lastN = n.last, lastN & 1 == 1, let lastE = e.last,
            lastE & 1 == 1
        else { throw GuixFormatError(.invalidKey, "RSA key: n or e is a number that no such key has") }
        numbers = .rsa(n: n, e: e)
    }

    /// Reads `(public-key (ecc (curve Ed25519) (q …)))` or `(public-key (rsa (n …) (e …)))`.
    ///
    /// - Throws: ``GuixFormatError/Code/invalidKey``.
    package init(_ expression: SExpression) throws(GuixFormatError) {
        guard let parts = expression.elements(of: "public-key"), let part = parts.first, parts.count == 1 else {
            throw GuixFormatError(.invalidKey, "Guix key: no (public-key …) with one key in it")
        }
        if let ecc = part.elements(of: "ecc").map(Array.init) {
            guard ecc.count == 2, let curve = ecc[0].value(of: "curve"), curve.elementsEqual("Ed25519".utf8),
                let q = ecc[1].value(of: "q")
            else { throw GuixFormatError(.invalidKey, "Guix key: not (ecc (curve Ed25519) (q …))") }
            try self.init(ecdsaEd25519: q)
        } else if let rsa = part.elements(of: "rsa").map(Array.init) {
            guard rsa.count == 2, let n = rsa[0].value(of: "n"), let e = rsa[1].value(of: "e") else {
                throw GuixFormatError(.invalidKey, "Guix key: not (rsa (n …) (e …))")
            }
            try self.init(rsaModulus: n, exponent: e)
        } else {
            throw GuixFormatError(.invalidKey, "Guix key: neither of the Ed25519 curve nor RSA")
        }
    }

    /// Reads a key file such as `signing-key.pub`.
    ///
    /// - Throws: ``GuixFormatError/Code/invalidKey``, ``GuixFormatError/Code/limitExceeded``.
    package init(fileContents: some Collection<UInt8>) throws(GuixFormatError) {
        let expression: SExpression
        do {
            expression = try SExpression(parsing: fileContents)
        } catch {
            throw error.code == .limitExceeded
                ? error : GuixFormatError(.invalidKey, "Guix key: \(error.message)", at: error.place)
        }
        try self.init(expression)
    }

    /// Reads the 64 hexadecimal digits of a point, in either case.
    ///
    /// - Throws: ``GuixFormatError/Code/invalidKey``.
    package init(hexadecimal text: String) throws(GuixFormatError) {
        let q: [UInt8]
        do {
            q = try Base16.decode(text.lowercased())
        } catch {
            throw GuixFormatError(error, .invalidKey).prefixed("Guix key")
        }
        try self.init(ecdsaEd25519: q)
    }

    /// Reads what ``identityBytes`` gave.
    ///
    /// - Throws: ``GuixFormatError/Code/invalidKey``.
    package init(algorithm: Algorithm, identityBytes bytes: some Collection<UInt8>) throws(GuixFormatError) {
        switch algorithm {
        case .ecdsaEd25519: try self.init(ecdsaEd25519: bytes)
        case .rsa:
            try self.init(fileContents: bytes)
            guard self.algorithm == .rsa, identityBytes.elementsEqual(bytes) else {
                throw GuixFormatError(.invalidKey, "RSA key: not in canonical form")
            }
        }
    }

    /// The key as libgcrypt writes it.
    package var expression: SExpression {
        switch numbers {
        case .ecdsaEd25519(let q):
            .list("public-key", .list("ecc", .list("curve", .word("Ed25519")), .list("q", .atom(q))))
        case .rsa(let n, let e):
            .list(
                "public-key",
                .list(
                    "rsa", .list("n", .atom(UnsignedNumber.signedBytes(n))),
                    .list("e", .atom(UnsignedNumber.signedBytes(e)))))
        }
    }

    /// The key on one line, with all numbers in hexadecimal: `(public-key (ecc (curve Ed25519) (q #…#)))`.
    package var oneLine: String {
        switch numbers {
        case .ecdsaEd25519: "(public-key (ecc (curve Ed25519) (q #\(hexadecimal)#)))"
        case .rsa(let n, let e):
            "(public-key (rsa (n #\(Self.digits(UnsignedNumber.signedBytes(n)))#) "
                + "(e #\(Self.digits(UnsignedNumber.signedBytes(e)))#)))"
        }
    }

    private static func digits(_ bytes: [UInt8]) -> String { Base16.encode(bytes).uppercased() }

    /// The text of a key file, which `guix archive --authorize` takes: 118 bytes for a point.
    package var fileContents: [UInt8] { expression.advanced }
}

extension GuixPublicKey: CustomStringConvertible {
    /// The number that tells the key from others, in hexadecimal.
    package var description: String { hexadecimal }
}

/// Whole numbers as libgcrypt writes them: big-endian, with no more zeros in front than the sign needs.
enum UnsignedNumber {
    /// The number without a zero in front; nil for zero, and for more zeros in front than one that keeps the highest
    /// bit from being a sign.
    static func bytes(_ written: some Collection<UInt8>) -> [UInt8]? {
        let written = [UInt8](written)
        guard let first = written.first else { return nil }
        guard first == 0 else { return written }
        guard written.count > 1, written[1] >= 0x80 else { return nil }
        return [UInt8](written.dropFirst())
    }

    /// With a zero in front if the highest bit is set.
    static func signedBytes(_ bytes: [UInt8]) -> [UInt8] {
        bytes.first.map { $0 >= 0x80 } == true ? [0] + bytes : bytes
    }
}
