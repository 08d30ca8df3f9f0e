/// A number modulo p = 2^255 − 19, the field over which the curve is defined.
///
/// The value is `l0 + l1·2^51 + l2·2^102 + l3·2^153 + l4·2^204`, not always below p. How large the limbs may be is what
/// makes the arithmetic right, so two sizes have names:
///
/// - *tight*: every limb is below 2^51 + 2^13. Products, negations and what is read from bytes are tight.
/// - *loose*: every limb is below 2^54, so that a product's columns fit into 128 bits. Factors may be loose.
///
/// Sums and differences of two tight numbers are loose, and so is a sum of three. Debug builds check both sizes at
/// each operation.
struct FieldElement: Sendable {
    var l0: UInt64
    var l1: UInt64
    var l2: UInt64
    var l3: UInt64
    var l4: UInt64

    /// The low 51 bits.
    static let mask: UInt64 = 1 << 51 - 1
    static let tightBound: UInt64 = 1 << 51 + 1 << 13
    static let looseBound: UInt64 = 1 << 54

    @inline(__always)
    init(_ l0: UInt64, _ l1: UInt64, _ l2: UInt64, _ l3: UInt64, _ l4: UInt64) {
        self.l0 = l0
        self.l1 = l1
        self.l2 = l2
        self.l3 = l3
        self.l4 = l4
    }

    /// A small number.
    init(_ value: UInt32) { self.init(UInt64(value), 0, 0, 0, 0) }

    /// Reads 255 bits: what stands above them is left out, and numbers from p to 2^255 − 1 are taken as they are.
    init(_ number: Words256) {
        self.init(
            number.w0 & Self.mask,
            (number.w0 &>> 51 | number.w1 &<< 13) & Self.mask,
            (number.w1 &>> 38 | number.w2 &<< 26) & Self.mask,
            (number.w2 &>> 25 | number.w3 &<< 39) & Self.mask,
            (number.w3 &>> 12) & Self.mask)
    }

    var isTight: Bool { max(l0, l1, l2, l3, l4) < Self.tightBound }
    var isLoose: Bool { max(l0, l1, l2, l3, l4) < Self.looseBound }
}

extension FieldElement {
    /// Loose, of two tight numbers or of a tight one and a sum of two.
    @inline(__always)
    static func + (left: FieldElement, right: FieldElement) -> FieldElement {
        let sum = FieldElement(
            left.l0 &+ right.l0, left.l1 &+ right.l1, left.l2 &+ right.l2, left.l3 &+ right.l3, left.l4 &+ right.l4)
        assert(sum.isLoose)
        return sum
    }

    /// Loose; what is taken away is tight, the other a tight number or a sum of two.
    ///
    /// 2p is added, whose limbs (2^52 − 38, then 2^52 − 2) are larger than those of a tight number, so no limb goes
    /// below zero.
    @inline(__always)
    static func - (left: FieldElement, right: FieldElement) -> FieldElement {
        assert(right.isTight)
        let difference = FieldElement(
            left.l0 &+ 0xF_FFFF_FFFF_FFDA &- right.l0, left.l1 &+ 0xF_FFFF_FFFF_FFFE &- right.l1,
            left.l2 &+ 0xF_FFFF_FFFF_FFFE &- right.l2, left.l3 &+ 0xF_FFFF_FFFF_FFFE &- right.l3,
            left.l4 &+ 0xF_FFFF_FFFF_FFFE &- right.l4)
        assert(difference.isLoose)
        return difference
    }

    /// Tight, of a tight number.
    static prefix func - (number: FieldElement) -> FieldElement { (FieldElement(0) - number).tightened }

    /// The same number, tight.
    var tightened: FieldElement {
        assert(isLoose)
        // The carries out of loose limbs are below 2^3. What leaves at the top counts 2^255 = 19.
        let mask = Self.mask
        let top = l4 &>> 51
        return FieldElement(
            (l0 & mask) &+ top &* 19, (l1 & mask) &+ l0 &>> 51, (l2 & mask) &+ l1 &>> 51, (l3 & mask) &+ l2 &>> 51,
            (l4 & mask) &+ l3 &>> 51)
    }
}

extension FieldElement {
    /// The one number from 0 to p − 1 that this is.
    var canonical: Words256 {
        // Limbs below 2^51 + 2^8 after this, so the number is far below 2p.
        let tight = tightened
        assert(tight.isTight)
        // p leaves once where the number plus 19 reaches 2^255.
        let mask = Self.mask
        var carry = (tight.l0 &+ 19) &>> 51
        carry = (tight.l1 &+ carry) &>> 51
        carry = (tight.l2 &+ carry) &>> 51
        carry = (tight.l3 &+ carry) &>> 51
        carry = (tight.l4 &+ carry) &>> 51
        assert(carry <= 1)
        var limb = tight.l0 &+ 19 &* carry
        let l0 = limb & mask
        limb = tight.l1 &+ limb &>> 51
        let l1 = limb & mask
        limb = tight.l2 &+ limb &>> 51
        let l2 = limb & mask
        limb = tight.l3 &+ limb &>> 51
        let l3 = limb & mask
        // With p taken away, bit 255 is the one that the 19 carried up to: the mask drops it.
        let l4 = (tight.l4 &+ limb &>> 51) & mask
        return Words256(
            l0 | l1 &<< 51, l1 &>> 13 | l2 &<< 38, l2 &>> 26 | l3 &<< 25, l3 &>> 39 | l4 &<< 12)
    }

    var isZero: Bool { canonical.isZero }

    /// Whether the canonical number is odd, which is what the specification calls negative (RFC 8032, 5.1.2).
    var isOdd: Bool { canonical.w0 & 1 == 1 }
}
