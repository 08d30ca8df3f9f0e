/// An unsigned number of 512 bits in two halves.
struct Words512: Sendable {
    let low: Words256
    let high: Words256

    init(low: Words256, high: Words256) {
        self.low = low
        self.high = high
    }

    /// Reads 64 bytes, the lowest first; nil for any other size.
    init?(littleEndian bytes: [UInt8]) {
        guard bytes.count == 64, let low = Words256(littleEndian: bytes),
            let high = Words256(littleEndian: bytes, at: 32)
        else { return nil }
        self.init(low: low, high: high)
    }

    /// A whole product.
    init(product left: Words256, _ right: Words256) {
        var rest = Words256(0, 0, 0, 0)
        let w0 = rest.add(right, times: left.w0)
        let w1 = rest.add(right, times: left.w1)
        let w2 = rest.add(right, times: left.w2)
        let w3 = rest.add(right, times: left.w3)
        self.init(low: Words256(w0, w1, w2, w3), high: rest)
    }
}

extension Words256 {
    /// Adds a multiple, gives back the lowest word of the sum, and keeps the others, moved down by one word.
    ///
    /// A product of two words with two more words added is (2^64 − 1)² + 2·(2^64 − 1) = 2^128 − 1 at most.
    @inline(__always)
    fileprivate mutating func add(_ number: Words256, times factor: UInt64) -> UInt64 {
        let t0 = number.w0.wide(factor) &+ UInt128(w0)
        let t1 = number.w1.wide(factor) &+ UInt128(w1) &+ t0 &>> 64
        let t2 = number.w2.wide(factor) &+ UInt128(w2) &+ t1 &>> 64
        let t3 = number.w3.wide(factor) &+ UInt128(w3) &+ t2 &>> 64
        self = Words256(
            UInt64(truncatingIfNeeded: t1), UInt64(truncatingIfNeeded: t2), UInt64(truncatingIfNeeded: t3),
            UInt64(truncatingIfNeeded: t3 &>> 64))
        return UInt64(truncatingIfNeeded: t0)
    }
}
