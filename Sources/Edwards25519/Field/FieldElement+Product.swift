extension FieldElement {
    /// Tight, of loose factors.
    ///
    /// Schoolbook multiplication in five columns. A limb product at 2^255 and above counts 19 times, 2^255 lower,
    /// because 2^255 = 19 modulo p. With limbs below 2^54, 19 times a limb is below 2^59, a product below 2^113 and a
    /// column of five below 2^116.
    @inline(__always)
    static func * (left: FieldElement, right: FieldElement) -> FieldElement {
        assert(left.isLoose && right.isLoose)
        let r1 = right.l1 &* 19
        let r2 = right.l2 &* 19
        let r3 = right.l3 &* 19
        let r4 = right.l4 &* 19
        let c0 =
            left.l0.wide(right.l0) &+ left.l1.wide(r4) &+ left.l2.wide(r3) &+ left.l3.wide(r2) &+ left.l4.wide(r1)
        let c1 =
            left.l0.wide(right.l1) &+ left.l1.wide(right.l0) &+ left.l2.wide(r4) &+ left.l3.wide(r3)
            &+ left.l4.wide(r2)
        let c2 =
            left.l0.wide(right.l2) &+ left.l1.wide(right.l1) &+ left.l2.wide(right.l0) &+ left.l3.wide(r4)
            &+ left.l4.wide(r3)
        let c3 =
            left.l0.wide(right.l3) &+ left.l1.wide(right.l2) &+ left.l2.wide(right.l1) &+ left.l3.wide(right.l0)
            &+ left.l4.wide(r4)
        let c4 =
            left.l0.wide(right.l4) &+ left.l1.wide(right.l3) &+ left.l2.wide(right.l2) &+ left.l3.wide(right.l1)
            &+ left.l4.wide(right.l0)
        return carried(c0, c1, c2, c3, c4)
    }

    /// Tight, of a loose number: the same columns, each pair of equal products taken once and doubled.
    @inline(__always)
    var squared: FieldElement {
        assert(isLoose)
        let d0 = l0 &* 2
        let d1 = l1 &* 2
        let d3 = l3 &* 38
        let d4 = l4 &* 38
        let c0 = l0.wide(l0) &+ l1.wide(d4) &+ l2.wide(d3)
        let c1 = d0.wide(l1) &+ l2.wide(d4) &+ l3.wide(l3 &* 19)
        let c2 = d0.wide(l2) &+ l1.wide(l1) &+ l3.wide(d4)
        let c3 = d0.wide(l3) &+ d1.wide(l2) &+ l4.wide(l4 &* 19)
        let c4 = d0.wide(l4) &+ d1.wide(l3) &+ l2.wide(l2)
        return Self.carried(c0, c1, c2, c3, c4)
    }

    /// Brings columns below 2^116 to a tight number.
    ///
    /// A carry out of such a column is below 2^65, so carries stay 128 bits wide until the last. The fifth column has
    /// no factor of 19 in it: it is below 5·2^108 + 2^65. What leaves it is below 5·2^57 + 1, and 19 times that, with
    /// the 51 bits that it is added to, below 2^64. The carry from there is below 2^13.
    @inline(__always)
    private static func carried(
        _ c0: UInt128, _ c1: UInt128, _ c2: UInt128, _ c3: UInt128, _ c4: UInt128
    ) -> FieldElement {
        let s1 = c1 &+ c0 &>> 51
        let s2 = c2 &+ s1 &>> 51
        let s3 = c3 &+ s2 &>> 51
        let s4 = c4 &+ s3 &>> 51
        let first = UInt64(truncatingIfNeeded: c0) & mask &+ UInt64(truncatingIfNeeded: s4 &>> 51) &* 19
        let product = FieldElement(
            first & mask, UInt64(truncatingIfNeeded: s1) & mask &+ first &>> 51,
            UInt64(truncatingIfNeeded: s2) & mask, UInt64(truncatingIfNeeded: s3) & mask,
            UInt64(truncatingIfNeeded: s4) & mask)
        assert(product.isTight)
        return product
    }

    /// Squared so many times.
    func squared(times: Int) -> FieldElement {
        var result = self
        for _ in 0..<times { result = result.squared }
        return result
    }
}

extension UInt64 {
    /// The whole product.
    @inline(__always)
    func wide(_ other: UInt64) -> UInt128 {
        UInt128(truncatingIfNeeded: self) &* UInt128(truncatingIfNeeded: other)
    }
}
