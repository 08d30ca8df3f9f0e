extension EdwardsPublicKey {
    /// Whether numbers r and s are this key's ECDSA signature over a SHA-256 digest, as libgcrypt decides it for the curve
    /// Ed25519: the signatures of Guix (the equation is that of FIPS 186-5, 6.4.2).
    ///
    /// The point's x is that of the Edwards form, and of the digest's bits the upper 253 count, as many as n has. Like
    /// libgcrypt, and unlike Ed25519, this takes canonical encodings of keys only. Keys with a coordinate below 2^192, on
    /// which libgcrypt 1.10 ends the program, sign nothing.
    ///
    /// - Parameters:
    ///   - r: unsigned, the highest byte first, with or without leading zeros.
    ///   - s: the same.
    ///   - digest: 32 bytes; nothing is a signature over others.
    package func isValidECDSA(r: [UInt8], s: [UInt8], digest: [UInt8]) -> Bool {
        guard isForECDSA, digest.count == 32, let hash = Words256(bigEndian: digest),
            let r = Words256(bigEndian: r).flatMap({ Scalar($0) }), !r.isZero,
            let s = Words256(bigEndian: s).flatMap({ Scalar($0) }), !s.isZero
        else { return false }
        let inverse = s.inverse
        let e = Scalar(reducing: hash.withoutLowestBits(3))
        return combination(e * inverse, r * inverse, negated: false).hasX(congruentTo: r)
    }
}

extension EdwardsPoint {
    /// Whether x, a number below p, is congruent to a scalar modulo n.
    ///
    /// p is below 8·n, so x is one of r, r + n, …, r + 7·n. Each is compared as X = x·Z, which saves dividing.
    func hasX(congruentTo r: Scalar) -> Bool {
        var candidate = r.words
        while candidate < ModularInverse.fieldOrder {
            if (FieldElement(candidate) * z - x).isZero { return true }
            // Below p + n, which is below 2^256.
            candidate = candidate.addingReportingOverflow(Scalar.order).sum
        }
        return false
    }
}

extension Words256 {
    /// Divided by 2^count, of 1 to 63 bits.
    fileprivate func withoutLowestBits(_ count: UInt64) -> Words256 {
        Words256(
            w0 &>> count | w1 &<< (64 &- count), w1 &>> count | w2 &<< (64 &- count),
            w2 &>> count | w3 &<< (64 &- count), w3 &>> count)
    }
}
