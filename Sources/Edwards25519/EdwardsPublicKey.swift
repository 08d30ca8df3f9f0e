/// A public key on the curve Ed25519, with tables under which checking a signature takes no doubling.
///
/// Everything here is public: keys, messages, signatures. So the time taken may depend on them, and nothing in this module
/// must ever be given a secret.
package final class EdwardsPublicKey: Sendable {
    /// The 32 bytes as they were given.
    package let bytes: [UInt8]

    /// Whether libgcrypt would take the key: see ``isValidECDSA(r:s:digest:)``.
    let isForECDSA: Bool

    /// Multiples of the key's point.
    private let multiples: MultipleTable

    /// Bits in a digit of a key's table: 43 additions, and a table that is made in the time of some ten checks.
    private static let width = 6
    /// Of the base point's, of which there is one: 32 additions, half a megabyte.
    private static let baseWidth = 8

    private static let baseMultiples = MultipleTable(of: .base, width: baseWidth)

    /// What a key's table takes in memory, in bytes.
    package static let tableByteCount = MultipleTable.byteCount(width: width)

    /// Decodes a key and makes its table, which takes as long as some ten checks without one.
    ///
    /// - Returns: nil for any size but 32 bytes, and where BoringSSL refuses the point. What it accepts is accepted here:
    ///   numbers that are not reduced, points of small order. Which keys make sense is the caller's question.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 32, let encoded = Words256(littleEndian: bytes), let point = EdwardsPoint(encoded) else {
            return nil
        }
        self.bytes = bytes
        isForECDSA = point.encoded == encoded && point.hasLongCoordinates
        multiples = MultipleTable(of: point, width: Self.width)
    }

    /// a·B + b·A, or a·B − b·A, of the base point B and this key's point A.
    func combination(_ a: Scalar, _ b: Scalar, negated: Bool) -> EdwardsPoint {
        var sum = EdwardsPoint.neutral
        Self.baseMultiples.add(a, negated: false, to: &sum)
        multiples.add(b, negated: negated, to: &sum)
        return sum
    }
}

extension EdwardsPublicKey {
    /// Whether bytes encode a point neither coordinate of which is below 2^192.
    ///
    /// Nobody meets others by chance, and libraries that keep numbers as short as they are have tripped over them.
    package static func hasLongCoordinates(_ bytes: [UInt8]) -> Bool {
        guard bytes.count == 32, let point = Words256(littleEndian: bytes).flatMap({ EdwardsPoint($0) }) else {
            return false
        }
        return point.hasLongCoordinates
    }

    /// Whether bytes encode, in whatever way, a point whose order divides 8: under such a key anybody can sign.
    ///
    /// Those are the points with y = 0 (order 4), y = 1 and −1 (order 1 and 2), and those whose double has y = 0. Doubling
    /// gives y a numerator of y² + x²; with x² = −y² in it the curve's equation reads 2·y² = 1 − d·y⁴ (order 8).
    package static func isSmallOrder(_ bytes: [UInt8]) -> Bool {
        guard bytes.count == 32, let encoded = Words256(littleEndian: bytes) else { return false }
        let y = FieldElement(encoded)
        let ySquared = y.squared
        let one = FieldElement(1)
        let order8 = FieldElement.d * ySquared.squared + (ySquared + ySquared)
        return y.isZero || (ySquared - one).isZero || (order8 - one).isZero
    }
}

extension EdwardsPoint {
    /// Whether neither coordinate of a point that was just decoded, so that Z is 1, is below 2^192.
    fileprivate var hasLongCoordinates: Bool { x.canonical.w3 != 0 && y.canonical.w3 != 0 }
}
