/// Multiples of one point, so many that multiplying it takes additions only.
///
/// A scalar of 253 bits is written as signed digits of `width` bits, each from −(2^(width − 1) − 1) to 2^(width − 1). For
/// each digit's place the table holds the multiples that the positive ones ask for; the negative ones are their mirror
/// images. So the scalar's multiple is a sum of one entry for each place.
struct MultipleTable: Sendable {
    /// Bits in a digit.
    private let width: Int
    /// Digits in a scalar.
    private let places: Int
    /// All multiples for the lowest place from the point itself upwards, then those for the next.
    private let entries: [AffineMultiple]

    /// 2·d.
    static let twoD = (FieldElement.d + FieldElement.d).tightened

    /// What a table of a width takes.
    static func byteCount(width: Int) -> Int {
        placeCount(width: width) * (1 << (width - 1)) * MemoryLayout<AffineMultiple>.stride
    }

    /// So many that the highest digit has a bit left for the carry: 254 bits at least.
    private static func placeCount(width: Int) -> Int { (254 + width - 1) / width }

    /// - Parameter width: from 2 to 8.
    init(of point: EdwardsPoint, width: Int) {
        precondition((2...8).contains(width), "digits of \(width) bits")
        self.width = width
        places = Self.placeCount(width: width)
        let half = 1 << (width - 1)
        var multiples: [EdwardsPoint] = []
        multiples.reserveCapacity(places * half)
        var first = point
        for _ in 0..<places {
            let ready = ReadyPoint(first)
            var multiple = first
            multiples.append(multiple)
            for _ in 1..<half {
                multiple = multiple + ready
                multiples.append(multiple)
            }
            // Half of what a digit counts in the next place.
            first = multiple.doubled
        }
        entries = AffineMultiple.entries(multiples)
    }

    /// Adds a multiple of the table's point to a sum, or takes it away.
    @inline(__always)
    func add(_ scalar: Scalar, negated: Bool, to sum: inout EdwardsPoint) {
        let half: UInt64 = 1 &<< UInt64(truncatingIfNeeded: width &- 1)
        entries.withUnsafeBufferPointer { entries in
            var carry: UInt64 = 0
            var bit = 0
            var row = 0
            for _ in 0..<places {
                // From 0 to 2^width; what is above the half is counted down from the next place's one.
                let digit = scalar.bits(at: bit, count: width) &+ carry
                carry = digit > half ? 1 : 0
                let size = carry == 0 ? digit : half &+ half &- digit
                if size != 0 {
                    sum.add(entries[row &+ Int(truncatingIfNeeded: size) &- 1], negated: (carry == 1) != negated)
                }
                bit &+= width
                row &+= Int(truncatingIfNeeded: half)
            }
            assert(carry == 0)
        }
    }
}

/// A point with Z = 1, as additions take it.
struct AffineMultiple: Sendable {
    /// y + x, tight.
    let yPlusX: FieldElement
    /// y − x, tight.
    let yMinusX: FieldElement
    /// 2·d·x·y, tight.
    let xy2d: FieldElement

    /// Brings points to Z = 1 with one inversion for all: from the inverse of the product of all Z, multiplying by the
    /// last one leaves the inverse of the product of the others, and so on.
    static func entries(_ points: [EdwardsPoint]) -> [AffineMultiple] {
        var products: [FieldElement] = []
        products.reserveCapacity(points.count)
        var product = FieldElement(1)
        for point in points {
            products.append(product)
            product = product * point.z
        }
        var inverse = product.inverse
        var entries: [AffineMultiple] = []
        entries.reserveCapacity(points.count)
        for (point, product) in zip(points, products).reversed() {
            let zInverse = inverse * product
            inverse = inverse * point.z
            let x = point.x * zInverse
            let y = point.y * zInverse
            entries.append(
                AffineMultiple(
                    yPlusX: (y + x).tightened, yMinusX: (y - x).tightened, xy2d: x * y * MultipleTable.twoD))
        }
        entries.reverse()
        return entries
    }
}

extension EdwardsPoint {
    /// Adds an entry, or takes it away: −(x, y) is (−x, y), so sum and difference change places and the product its sign.
    @inline(__always)
    mutating func add(_ entry: AffineMultiple, negated: Bool) {
        let sum = y + x
        let difference = y - x
        let product = t * entry.xy2d
        let z2 = z + z
        if negated {
            self = Self.completed(
                a: difference * entry.yPlusX, b: sum * entry.yMinusX, sum: z2 - product, difference: z2 + product)
        } else {
            self = Self.completed(
                a: difference * entry.yMinusX, b: sum * entry.yPlusX, sum: z2 + product, difference: z2 - product)
        }
    }
}

extension Scalar {
    /// Up to 8 bits from a place on.
    @inline(__always)
    fileprivate func bits(at place: Int, count: Int) -> UInt64 {
        let shift = UInt64(truncatingIfNeeded: place & 63)
        let mask: UInt64 = 1 &<< UInt64(truncatingIfNeeded: count) &- 1
        let (low, high) =
            switch place &>> 6 {
            case 0: (words.w0, words.w1)
            case 1: (words.w1, words.w2)
            case 2: (words.w2, words.w3)
            default: (words.w3, UInt64(0))
            }
        // In two steps, as shifting by 64 at once would shift by 0.
        return (low &>> shift | (high &<< 1) &<< (63 &- shift)) & mask
    }
}
