/// A number below n = 2^252 + 27742317777372353535851937790883648493, the order of the base point; RFC 8032 calls it L.
///
/// As a factor of points it is an integer, not a class modulo n: points that the base point does not generate have other
/// orders, and both libraries whose decisions are repeated here multiply them by the integer.
struct Scalar: Equatable, Sendable {
    private(set) var words: Words256

    static let order = Words256(0x5812_631A_5CF5_D3ED, 0x14DE_F9DE_A2F7_9CD6, 0, 0x1000_0000_0000_0000)

    /// A number that is below n already, or nil.
    init?(_ words: Words256) {
        guard words < Self.order else { return nil }
        self.words = words
    }

    /// A number of 512 bits modulo n.
    init(reducing number: Words512) {
        // The upper three words are below 2^192, and so below n, as they are.
        words = Words256(number.high.w1, number.high.w2, number.high.w3, 0)
        append(number.high.w0)
        append(number.low.w3)
        append(number.low.w2)
        append(number.low.w1)
        append(number.low.w0)
    }

    /// A number of 256 bits modulo n.
    init(reducing number: Words256) {
        self.init(reducing: Words512(low: number, high: Words256(0, 0, 0, 0)))
    }

    var isZero: Bool { words.isZero }

    /// self·2^64 + word, modulo n.
    ///
    /// Write n = 2^252 + c and the new number as h·2^252 + l with l below 2^252; then it is l − h·c modulo n. It is below
    /// n·2^64, so h is 2^64 at most, h·c below 2^190, and adding n once brings a negative difference to where it belongs.
    @inline(__always)
    private mutating func append(_ word: UInt64) {
        // The number has 317 bits at most: h is 13 bits of the highest word and 52 of the next.
        let high = words.w3 &<< 4 | words.w2 &>> 60
        let highest = words.w3 &>> 60
        let low = Words256(word, words.w0, words.w1, words.w2 & 0x0FFF_FFFF_FFFF_FFFF)
        // h·c, with h = highest·2^64 + high where highest is 0 or 1.
        let p0 = high.wide(Self.order.w0)
        let p1 = high.wide(Self.order.w1) &+ p0 &>> 64 &+ highest.wide(Self.order.w0)
        let p2 = highest.wide(Self.order.w1) &+ p1 &>> 64
        let product = Words256(
            UInt64(truncatingIfNeeded: p0), UInt64(truncatingIfNeeded: p1), UInt64(truncatingIfNeeded: p2), 0)
        let (difference, isNegative) = low.subtractingReportingOverflow(product)
        words = isNegative ? difference.addingReportingOverflow(Self.order).sum : difference
        assert(words < Self.order)
    }

    /// The product modulo n.
    static func * (left: Scalar, right: Scalar) -> Scalar {
        Scalar(reducing: Words512(product: left.words, right.words))
    }

    /// One divided by this number modulo n; zero for zero.
    ///
    /// The quick way is checked by multiplying. Should it ever be wrong, the slow way answers.
    var inverse: Scalar {
        if let quick = Scalar(Self.modularInverse.inverse(of: words)), (self * quick).isOne { return quick }
        return slowInverse
    }

    /// The power n − 2, which is the inverse by Fermat's little theorem, and zero for zero.
    var slowInverse: Scalar {
        var result = Scalar.one
        // n − 2 differs from n in the lowest word alone.
        let order = Self.order
        for word in [order.w3, order.w2, order.w1, order.w0 &- 2] {
            for bit in stride(from: UInt64(63), through: 0, by: -1) {
                result = result * result
                if word &>> bit & 1 == 1 { result = result * self }
            }
        }
        return result
    }

    var isOne: Bool { self == .one }

    private static let one = Scalar(reducing: Words256(1, 0, 0, 0))
    private static let modularInverse = ModularInverse(modulus: order)
}
