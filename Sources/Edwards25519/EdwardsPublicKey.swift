internal import Crypto

/// A public key on the curve Ed25519, with tables under which checking a signature takes no doubling.
///
/// Everything here is public: keys, messages, signatures. So the time taken may depend on them, and nothing in this module
/// must ever be given a secret.
package final class EdwardsPublicKey: Sendable {
    /// The 32 bytes as they were given.
    package let bytes: [UInt8]

    /// Multiples of the key's point.
    private let multiples: MultipleTable

    /// Bits in a digit of the tables of keys: 43 additions, and a table that is made in the time of a few checks.
    private static let width = 6
    /// Of the base point's, of which there is one: 32 additions, half a megabyte.
    private static let baseWidth = 8

    private static let baseMultiples = MultipleTable(of: .base, width: baseWidth)

    /// What a key holds in memory, in bytes.
    package static let byteCount = MultipleTable.byteCount(width: width)

    /// Decodes a key and makes its tables, which takes as long as some ten checks.
    ///
    /// - Returns: nil for any size but 32 bytes, and where BoringSSL refuses the point. What it accepts is accepted here:
    ///   numbers that are not reduced, points of small order. Which keys make sense is the caller's question.
    package init?(_ bytes: some Collection<UInt8>) {
        guard let encoded = Words256(littleEndian: bytes), let point = EdwardsPoint(encoded) else { return nil }
        self.bytes = Array(bytes)
        multiples = MultipleTable(of: point, width: Self.width)
    }

    /// a·B + b·A, or a·B − b·A, of the base point B and this key's point A.
    private func combination(_ a: Scalar, _ b: Scalar, negated: Bool) -> EdwardsPoint {
        var sum = EdwardsPoint.neutral
        Self.baseMultiples.add(a, negated: false, to: &sum)
        multiples.add(b, negated: negated, to: &sum)
        return sum
    }
}

extension EdwardsPublicKey {
    /// Whether 64 bytes are this key's Ed25519 signature over a message (RFC 8032, 5.1.7), as BoringSSL decides it.
    ///
    /// Where the RFC leaves a choice: no cofactor (the equation must hold itself, not eight times), s must be below n, and
    /// R is compared as bytes, so that only its canonical encoding can be right.
    package func isValidEd25519(_ signature: [UInt8], over message: [UInt8]) -> Bool {
        guard signature.count == 64, let r = Words256(littleEndian: signature[..<32]),
            let s = Words256(littleEndian: signature[32...]).flatMap({ Scalar($0) })
        else { return false }
        var hash = SHA512()
        hash.update(data: signature[..<32])
        hash.update(data: bytes)
        hash.update(data: message)
        let digest = hash.finalize().withUnsafeBytes { Words512(littleEndian: $0) }
        guard let digest else { return false }
        // s·B = R + k·A, as R = s·B − k·A.
        return combination(s, Scalar(reducing: digest), negated: true).encoded == r
    }

    /// Whether numbers r and s are this key's ECDSA signature over a SHA-256 digest, as libgcrypt decides it for the curve
    /// Ed25519 (FIPS 186-5, 6.4.2, on a curve that the standard does not mean).
    ///
    /// x is that of the Edwards form, and of the digest's bits the upper 253 count, as many as n has.
    ///
    /// - Parameters:
    ///   - r: unsigned, the highest byte first, with or without leading zeros.
    ///   - s: the same.
    ///   - digest: 32 bytes; others verify nothing.
    package func isValidECDSA(r: [UInt8], s: [UInt8], digest: [UInt8]) -> Bool {
        guard digest.count == 32, let hash = Words256(bigEndian: digest),
            let r = Words256(bigEndian: r).flatMap({ Scalar($0) }), !r.isZero,
            let s = Words256(bigEndian: s).flatMap({ Scalar($0) }), !s.isZero
        else { return false }
        let inverse = s.inverse
        let sum = combination(Scalar(reducing: hash.withoutLowestBits(3)) * inverse, r * inverse, negated: false)
        return sum.hasX(congruentTo: r)
    }
}

extension EdwardsPoint {
    /// Whether x, a number below p, is congruent to a scalar modulo n.
    ///
    /// p is below 8·n, so x is one of r, r + n … r + 7·n; each is compared as X = x·Z, which saves dividing.
    func hasX(congruentTo r: Scalar) -> Bool {
        var candidate = r.words
        while candidate < ModularInverse.fieldOrder {
            if (FieldElement(candidate) * z - x).isZero { return true }
            // p + n is below 2^256.
            candidate = candidate.addingReportingOverflow(Scalar.order).sum
        }
        return false
    }
}

extension Words256 {
    fileprivate func withoutLowestBits(_ count: UInt64) -> Words256 {
        Words256(
            w0 &>> count | w1 &<< (64 &- count), w1 &>> count | w2 &<< (64 &- count),
            w2 &>> count | w3 &<< (64 &- count), w3 &>> count)
    }
}
