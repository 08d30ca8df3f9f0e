/// Inverses modulo an odd number below 2^256, in variable time.
///
/// These are the division steps of Bernstein and Yang (<https://gcd.cr.yp.to/safegcd-20190413.pdf>), 62 at a time: their
/// course depends on the lowest 62 bits only, so they are found on single words as a matrix, which is then applied to
/// the whole numbers. Whoever calls checks the answer by multiplying, so that a mistake here costs time and nothing else.
struct ModularInverse: Sendable {
    /// The modulus.
    private let modulus: Words310
    /// One divided by the modulus, modulo 2^64.
    private let lowInverse: UInt64

    /// Modulo p, the order of the field.
    static let field = ModularInverse(modulus: fieldOrder)
    /// p.
    static let fieldOrder = Words256(0xFFFF_FFFF_FFFF_FFED, .max, .max, 0x7FFF_FFFF_FFFF_FFFF)

    /// - Parameter modulus: odd.
    init(modulus: Words256) {
        precondition(modulus.w0 & 1 == 1, "only odd numbers have an inverse modulo a power of 2")
        self.modulus = Words310(modulus)
        // m·m = 1 modulo 8, so m is its own inverse to 3 bits; each of Newton's steps doubles them.
        var inverse = modulus.w0
        for _ in 0..<5 { inverse = inverse &* (2 &- modulus.w0 &* inverse) }
        lowInverse = inverse
    }

    /// One divided by a number below the modulus; anything for numbers that have no inverse.
    func inverse(of number: Words256) -> Words256 {
        // Always: number·d = f and number·e = g, modulo the modulus.
        var f = modulus
        var g = Words310(number)
        var d = Words310(Words256(0, 0, 0, 0))
        var e = Words310(Words256(1, 0, 0, 0))
        var delta = 1
        // 12 rounds are 744 steps; what is below 2^256 needs 741 at most.
        for _ in 0..<12 {
            let matrix = Self.steps(f: f.lowBits, g: g.lowBits, delta: &delta)
            (f, g) = matrix.quotient(f, g)
            (d, e) = matrix.quotient(d, e, modulo: modulus, lowInverse: lowInverse)
            if g.isZero { break }
        }
        // f is 1 or −1 now. d lies between −2·modulus and modulus, so what it takes is one of these.
        var result = f.isNegative ? d.negated : d
        for _ in 0..<2 where result.isNegative { result = result.adding(modulus) }
        let reduced = result.adding(modulus.negated)
        return (reduced.isNegative ? result : reduced).words
    }

    /// 62 steps from the lowest bits of f, which is odd, and g.
    private static func steps(f: UInt64, g: UInt64, delta: inout Int) -> Matrix {
        var f = f
        var g = g
        // What f and g are now is (u·f + v·g, q·f + r·g) of those at the beginning, divided by 2^(steps done).
        // The entries are kept times 2^(steps to do), which is why the first row doubles where g is halved.
        var u: Int64 = 1
        var v: Int64 = 0
        var q: Int64 = 0
        var r: Int64 = 1
        var left = 62
        while true {
            // While g is even it is halved. The bit put in at the top stops the count when no step is left.
            let zeros = min((g | 1 << 63).trailingZeroBitCount, left)
            g &>>= UInt64(truncatingIfNeeded: zeros)
            u &<<= Int64(truncatingIfNeeded: zeros)
            v &<<= Int64(truncatingIfNeeded: zeros)
            delta += zeros
            left -= zeros
            if left == 0 { break }
            // Both are odd: where delta says so they change places, one of them with its sign.
            if delta > 0 {
                delta = -delta
                (f, g) = (g, 0 &- f)
                (u, q) = (q, 0 &- u)
                (v, r) = (r, 0 &- v)
            }
            g = g &+ f
            q = q &+ u
            r = r &+ v
        }
        return Matrix(u: u, v: v, q: q, r: r)
    }
}

/// What 62 division steps do to two numbers, times 2^62. Absolute values in a row add up to 2^62 at most.
private struct Matrix {
    let u: Int64
    let v: Int64
    let q: Int64
    let r: Int64

    /// Applied to both and divided by 2^62, which leaves no rest.
    func quotient(_ f: Words310, _ g: Words310) -> (Words310, Words310) {
        (Words310.combination(u, f, v, g, 0, f), Words310.combination(q, f, r, g, 0, f))
    }

    /// The same modulo a modulus, a multiple of which is added so that no rest is left.
    ///
    /// With both between −2·modulus and modulus (neither included), so are the results: a negative one is lifted by the
    /// modulus first, which puts both strictly between −modulus and modulus; the row keeps the sum within 2^62 times
    /// that; and the multiple to be taken away is from 0 to 2^62 − 1 of the modulus, before dividing by 2^62.
    func quotient(
        _ d: Words310, _ e: Words310, modulo modulus: Words310, lowInverse: UInt64
    ) -> (Words310, Words310) {
        let d = d.isNegative ? d.adding(modulus) : d
        let e = e.isNegative ? e.adding(modulus) : e
        func multiple(_ a: Int64, _ b: Int64) -> Int64 {
            // The lowest 62 bits of the sum, times 1 / modulus: so much of the modulus has the same lowest bits.
            let low = UInt64(bitPattern: a &* d.l0 &+ b &* e.l0)
            return -Int64(truncatingIfNeeded: low &* lowInverse & Words310.mask)
        }
        return (
            Words310.combination(u, d, v, e, multiple(u, v), modulus),
            Words310.combination(q, d, r, e, multiple(q, r), modulus)
        )
    }
}
