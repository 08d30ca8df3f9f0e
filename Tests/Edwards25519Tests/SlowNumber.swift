/// A natural number in digits of 32 bits, the lowest first: arithmetic as on paper, to compare the quick one with.
struct SlowNumber: Hashable, CustomStringConvertible {
    /// Without leading zeros.
    private var digits: [UInt32]

    static let fieldOrder = SlowNumber(power: 255) - SlowNumber(19)
    static let scalarOrder =
        SlowNumber(power: 252) + SlowNumber(0x14DE_F9DE_A2F7_9CD6) * SlowNumber(power: 64)
        + SlowNumber(0x5812_631A_5CF5_D3ED)

    private init(digits: [UInt32]) {
        self.digits = digits
        while self.digits.last == 0 { self.digits.removeLast() }
    }

    init(_ value: UInt64) { self.init(words: [value]) }

    init(power: Int) {
        self.init(digits: [UInt32](repeating: 0, count: power / 32) + [1 << UInt32(power % 32)])
    }

    /// From words, the lowest first.
    init(words: [UInt64]) {
        self.init(digits: words.flatMap { [UInt32(truncatingIfNeeded: $0), UInt32($0 >> 32)] })
    }

    /// The lowest four words.
    var words: [UInt64] { (0..<4).map { UInt64(digit(2 * $0)) | UInt64(digit(2 * $0 + 1)) << 32 } }

    private func digit(_ index: Int) -> UInt32 { index < digits.count ? digits[index] : 0 }

    static func + (left: SlowNumber, right: SlowNumber) -> SlowNumber {
        var sum: [UInt32] = []
        var carry: UInt64 = 0
        for index in 0...max(left.digits.count, right.digits.count) {
            carry += UInt64(left.digit(index)) + UInt64(right.digit(index))
            sum.append(UInt32(truncatingIfNeeded: carry))
            carry >>= 32
        }
        return SlowNumber(digits: sum)
    }

    /// The left one must not be smaller.
    static func - (left: SlowNumber, right: SlowNumber) -> SlowNumber {
        var difference: [UInt32] = []
        var borrow: Int64 = 0
        for index in left.digits.indices {
            let value = Int64(left.digits[index]) - Int64(right.digit(index)) - borrow
            difference.append(UInt32(truncatingIfNeeded: value))
            borrow = value < 0 ? 1 : 0
        }
        return SlowNumber(digits: difference)
    }

    static func * (left: SlowNumber, right: SlowNumber) -> SlowNumber {
        var product = [UInt32](repeating: 0, count: left.digits.count + right.digits.count + 1)
        for (place, factor) in left.digits.enumerated() {
            var carry: UInt64 = 0
            for index in 0...right.digits.count {
                carry += UInt64(factor) * UInt64(right.digit(index)) + UInt64(product[place + index])
                product[place + index] = UInt32(truncatingIfNeeded: carry)
                carry >>= 32
            }
        }
        return SlowNumber(digits: product)
    }

    /// Long division, one bit after the other.
    static func % (left: SlowNumber, right: SlowNumber) -> SlowNumber {
        guard !(left < right) else { return left }
        var rest = SlowNumber(0)
        for digit in left.digits.reversed() {
            for bit in stride(from: UInt32(31), through: 0, by: -1) {
                rest.double(adding: digit >> bit & 1)
                if !(rest < right) { rest = rest - right }
            }
        }
        return rest
    }

    private mutating func double(adding bit: UInt32) {
        var carry = bit
        for index in digits.indices {
            let digit = digits[index]
            digits[index] = digit << 1 | carry
            carry = digit >> 31
        }
        if carry != 0 { digits.append(carry) }
    }

    static func < (left: SlowNumber, right: SlowNumber) -> Bool {
        if left.digits.count != right.digits.count { return left.digits.count < right.digits.count }
        for index in left.digits.indices.reversed() where left.digits[index] != right.digits[index] {
            return left.digits[index] < right.digits[index]
        }
        return false
    }

    var description: String { words.reversed().map { String($0, radix: 16) }.joined(separator: "_") }
}
