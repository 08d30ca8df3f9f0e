import TestSupport

@testable import Edwards25519

extension Words256 {
    var slow: SlowNumber { SlowNumber(words: [w0, w1, w2, w3]) }

    init(_ number: SlowNumber) {
        let words = number.words
        self.init(words[0], words[1], words[2], words[3])
    }

    static func random(_ random: inout SeededGenerator) -> Words256 {
        Words256(random.next(), random.next(), random.next(), random.next())
    }

    var littleEndianBytes: [UInt8] {
        [w0, w1, w2, w3].flatMap { word in
            stride(from: UInt64(0), to: 64, by: 8).map { UInt8(truncatingIfNeeded: word >> $0) }
        }
    }

    var bigEndianBytes: [UInt8] { littleEndianBytes.reversed() }
}

extension FieldElement {
    var slow: SlowNumber {
        [l0, l1, l2, l3, l4].enumerated().reduce(SlowNumber(0)) { sum, limb in
            sum + SlowNumber(limb.element) * SlowNumber(power: 51 * limb.offset)
        }
    }

    /// What it stands for.
    var reduced: SlowNumber { slow % .fieldOrder }
}

extension Scalar {
    static func random(_ random: inout SeededGenerator) -> Scalar {
        Scalar(reducing: Words512(low: .random(&random), high: .random(&random)))
    }

    static func + (left: Scalar, right: Scalar) -> Scalar {
        Scalar(reducing: left.words.addingReportingOverflow(right.words).sum)
    }
}

extension EdwardsPoint {
    /// A multiple by doubling and adding, one bit after the other.
    func slowMultiple(_ factor: Words256) -> EdwardsPoint {
        let ready = ReadyPoint(self)
        var sum = EdwardsPoint.neutral
        for word in [factor.w3, factor.w2, factor.w1, factor.w0] {
            for bit in stride(from: UInt64(63), through: 0, by: -1) {
                sum = sum.doubled
                if word >> bit & 1 == 1 { sum = sum + ready }
            }
        }
        return sum
    }

    /// The eight points whose order divides 8, each as often multiplied as its index says.
    static let smallOrder: [EdwardsPoint] = {
        var random = SeededGenerator(seed: 8)
        while true {
            guard let point = EdwardsPoint(.random(&random)) else { continue }
            let first = ReadyPoint(point.slowMultiple(Scalar.order))
            var points = [EdwardsPoint.neutral]
            while points.count < 8 { points.append(points[points.count - 1] + first) }
            // Of order 8, and not less.
            if !points[4].isEqual(to: .neutral) { return points }
        }
    }()
}

func bytes(_ hex: String) -> [UInt8] {
    var digits = hex.compactMap(\.hexDigitValue)[...]
    var bytes: [UInt8] = []
    while digits.count >= 2 { bytes.append(UInt8(digits.removeFirst() << 4 | digits.removeFirst())) }
    return bytes
}
