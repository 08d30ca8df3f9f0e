/// A signed number of 310 bits: four limbs of 62 bits, the lowest first, and a signed one on top.
struct Words310: Sendable {
    private(set) var l0: Int64
    private var l1: Int64
    private var l2: Int64
    private var l3: Int64
    private var l4: Int64

    static let mask: UInt64 = 1 << 62 - 1

    private init(_ l0: Int64, _ l1: Int64, _ l2: Int64, _ l3: Int64, _ l4: Int64) {
        self.l0 = l0
        self.l1 = l1
        self.l2 = l2
        self.l3 = l3
        self.l4 = l4
    }

    init(_ number: Words256) {
        func limb(_ bits: UInt64) -> Int64 { Int64(truncatingIfNeeded: bits & Self.mask) }
        self.init(
            limb(number.w0), limb(number.w0 &>> 62 | number.w1 &<< 2), limb(number.w1 &>> 60 | number.w2 &<< 4),
            limb(number.w2 &>> 58 | number.w3 &<< 6), limb(number.w3 &>> 56))
    }

    /// The number, which must be from 0 to 2^256 − 1.
    var words: Words256 {
        func word(_ low: Int64, _ right: UInt64, _ high: Int64, _ left: UInt64) -> UInt64 {
            UInt64(truncatingIfNeeded: low) &>> right | UInt64(truncatingIfNeeded: high) &<< left
        }
        return Words256(word(l0, 0, l1, 62), word(l1, 2, l2, 60), word(l2, 4, l3, 58), word(l3, 6, l4, 56))
    }

    var isZero: Bool { l0 | l1 | l2 | l3 | l4 == 0 }
    var isNegative: Bool { l4 < 0 }

    /// The number modulo 2^62.
    var lowBits: UInt64 { UInt64(truncatingIfNeeded: l0) }

    var negated: Words310 { Self.sum(0, self, -1, self, 0, self) }

    func adding(_ other: Words310) -> Words310 { Self.sum(1, self, 1, other, 0, other) }

    /// a·x + b·y + c·z, with factors up to 2^62 and a result that fits.
    private static func sum(
        _ a: Int64, _ x: Words310, _ b: Int64, _ y: Words310, _ c: Int64, _ z: Words310
    ) -> Words310 {
        var column = wide(a, x.l0) &+ wide(b, y.l0) &+ wide(c, z.l0)
        let l0 = limb(&column)
        column = column &+ wide(a, x.l1) &+ wide(b, y.l1) &+ wide(c, z.l1)
        let l1 = limb(&column)
        column = column &+ wide(a, x.l2) &+ wide(b, y.l2) &+ wide(c, z.l2)
        let l2 = limb(&column)
        column = column &+ wide(a, x.l3) &+ wide(b, y.l3) &+ wide(c, z.l3)
        let l3 = limb(&column)
        column = column &+ wide(a, x.l4) &+ wide(b, y.l4) &+ wide(c, z.l4)
        return Words310(l0, l1, l2, l3, Int64(truncatingIfNeeded: column))
    }

    /// (a·x + b·y + c·z) / 2^62, with factors up to 2^62 and a sum that this divides.
    ///
    /// Limbs are below 2^62, so a column of three products and a carry is below 2^126.
    static func combination(
        _ a: Int64, _ x: Words310, _ b: Int64, _ y: Words310, _ c: Int64, _ z: Words310
    ) -> Words310 {
        var column = wide(a, x.l0) &+ wide(b, y.l0) &+ wide(c, z.l0)
        let rest = limb(&column)
        assert(rest == 0)
        column = column &+ wide(a, x.l1) &+ wide(b, y.l1) &+ wide(c, z.l1)
        let l0 = limb(&column)
        column = column &+ wide(a, x.l2) &+ wide(b, y.l2) &+ wide(c, z.l2)
        let l1 = limb(&column)
        column = column &+ wide(a, x.l3) &+ wide(b, y.l3) &+ wide(c, z.l3)
        let l2 = limb(&column)
        column = column &+ wide(a, x.l4) &+ wide(b, y.l4) &+ wide(c, z.l4)
        let l3 = limb(&column)
        return Words310(l0, l1, l2, l3, Int64(truncatingIfNeeded: column))
    }

    /// Takes the lowest 62 bits off a column; what is left is the carry, with its sign.
    @inline(__always)
    private static func limb(_ column: inout Int128) -> Int64 {
        let bits = Int64(truncatingIfNeeded: UInt64(truncatingIfNeeded: column) & mask)
        column = column &>> 62
        return bits
    }

    @inline(__always)
    private static func wide(_ left: Int64, _ right: Int64) -> Int128 {
        Int128(truncatingIfNeeded: left) &* Int128(truncatingIfNeeded: right)
    }
}
