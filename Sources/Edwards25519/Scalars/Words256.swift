/// An unsigned number of 256 bits in four words, the lowest first.
struct Words256: Hashable, Sendable {
    var w0: UInt64
    var w1: UInt64
    var w2: UInt64
    var w3: UInt64

    @inline(__always)
    init(_ w0: UInt64, _ w1: UInt64, _ w2: UInt64, _ w3: UInt64) {
        self.w0 = w0
        self.w1 = w1
        self.w2 = w2
        self.w3 = w3
    }

    /// Reads 32 bytes from a place on, the lowest first; nil where there are fewer.
    init?(littleEndian bytes: [UInt8], at offset: Int = 0) {
        guard offset >= 0, bytes.count - offset >= 32 else { return nil }
        self = bytes.withUnsafeBytes { bytes in
            func word(_ index: Int) -> UInt64 {
                UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 8 * index, as: UInt64.self))
            }
            return Words256(word(0), word(1), word(2), word(3))
        }
    }

    /// Reads an unsigned number, the highest byte first, of any length with leading zeros; nil from 2^256 on.
    init?(bigEndian bytes: some Collection<UInt8>) {
        var words = Words256(0, 0, 0, 0)
        for byte in bytes {
            guard words.w3 &>> 56 == 0 else { return nil }
            words.w3 = words.w3 &<< 8 | words.w2 &>> 56
            words.w2 = words.w2 &<< 8 | words.w1 &>> 56
            words.w1 = words.w1 &<< 8 | words.w0 &>> 56
            words.w0 = words.w0 &<< 8 | UInt64(byte)
        }
        self = words
    }

    var isZero: Bool { w0 | w1 | w2 | w3 == 0 }

}

extension Words256: Comparable {
    @inline(__always)
    static func < (left: Words256, right: Words256) -> Bool {
        if left.w3 != right.w3 { return left.w3 < right.w3 }
        if left.w2 != right.w2 { return left.w2 < right.w2 }
        if left.w1 != right.w1 { return left.w1 < right.w1 }
        return left.w0 < right.w0
    }
}

extension Words256 {
    /// The sum modulo 2^256, and whether a bit was lost.
    @inline(__always)
    func addingReportingOverflow(_ other: Words256) -> (sum: Words256, overflow: Bool) {
        let s0 = UInt128(w0) &+ UInt128(other.w0)
        let s1 = UInt128(w1) &+ UInt128(other.w1) &+ s0 &>> 64
        let s2 = UInt128(w2) &+ UInt128(other.w2) &+ s1 &>> 64
        let s3 = UInt128(w3) &+ UInt128(other.w3) &+ s2 &>> 64
        let sum = Words256(
            UInt64(truncatingIfNeeded: s0), UInt64(truncatingIfNeeded: s1), UInt64(truncatingIfNeeded: s2),
            UInt64(truncatingIfNeeded: s3))
        return (sum, s3 &>> 64 != 0)
    }

    /// The difference modulo 2^256, and whether the other number is larger.
    @inline(__always)
    func subtractingReportingOverflow(_ other: Words256) -> (difference: Words256, overflow: Bool) {
        // Each step is computed with 2^64 lent, which shows in bit 64 whether it was needed.
        let lent: UInt128 = 1 &<< 64
        let d0 = lent &+ UInt128(w0) &- UInt128(other.w0)
        let d1 = lent &+ UInt128(w1) &- UInt128(other.w1) &- (1 &- d0 &>> 64)
        let d2 = lent &+ UInt128(w2) &- UInt128(other.w2) &- (1 &- d1 &>> 64)
        let d3 = lent &+ UInt128(w3) &- UInt128(other.w3) &- (1 &- d2 &>> 64)
        let difference = Words256(
            UInt64(truncatingIfNeeded: d0), UInt64(truncatingIfNeeded: d1), UInt64(truncatingIfNeeded: d2),
            UInt64(truncatingIfNeeded: d3))
        return (difference, d3 &>> 64 == 0)
    }
}
