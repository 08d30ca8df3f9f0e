/// Base64 (RFC 4648, section 4) in its one canonical form: padded, no line breaks, unused bits zero.
enum StrictBase64 {
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var digits = text[...]
        guard !digits.isEmpty, digits.count % 4 == 0 else { return nil }
        var padding = 0
        while padding < 2, digits.dropFirst(digits.count - 1).first == UInt8(ascii: "=") {
            digits = digits.dropLast()
            padding += 1
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var bits: UInt32 = 0
        var bitCount = 0
        for digit in digits {
            guard let value = value(of: digit) else { return nil }
            bits = bits << 6 | value
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
                bits &= 1 << UInt32(bitCount) - 1
            }
        }
        // What is left over belongs to no byte; were it not zero, one key had two spellings.
        return bits == 0 ? bytes : nil
    }

    private static func value(of digit: UInt8) -> UInt32? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): return UInt32(digit - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): return UInt32(digit - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return UInt32(digit - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): return 62
        case UInt8(ascii: "/"): return 63
        default: return nil
        }
    }
}
