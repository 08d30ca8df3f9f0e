/// The spellings that the formats of a log share, each with one accepted form: two texts of one meaning would let two
/// readers of one signed text disagree.
package enum StrictText {
    /// The largest size, index or time: what fits into a signed 64-bit number, since other readers use those.
    package static let maximumNumber = UInt64(Int64.max)

    /// Reads a decimal number without sign or leading zeros, of at most ``maximumNumber``; nil for anything else.
    package static func decimal(_ digits: some Collection<UInt8>) -> UInt64? {
        guard let first = digits.first, digits.count <= 19, first != UInt8(ascii: "0") || digits.count == 1 else {
            return nil
        }
        var number: UInt64 = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            // Nineteen digits cannot overflow 64 bits without a sign.
            number = number * 10 + UInt64(digit - UInt8(ascii: "0"))
        }
        return number <= maximumNumber ? number : nil
    }

    /// Reads base64 (RFC 4648, section 4): padded, no line breaks, unused bits zero; nil for anything else, and for
    /// nothing at all.
    package static func decodeBase64(_ text: some Collection<UInt8>) -> [UInt8]? {
        let count = text.count
        guard count > 0, count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count / 4 * 3)
        var bits: UInt32 = 0
        var bitCount = 0
        var position = 0
        var padding = 0
        for digit in text {
            position += 1
            if digit == UInt8(ascii: "=") {
                guard position > count - 2 else { return nil }
                padding += 1
                continue
            }
            let value = base64Values[Int(digit)]
            guard padding == 0, value < 64 else { return nil }
            bits = bits << 6 | UInt32(value)
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
                bits &= 1 << UInt32(bitCount) - 1
            }
        }
        // What is left over belongs to no byte; were it not zero, the same bytes had two spellings.
        return bits == 0 && bytes.count == count / 4 * 3 - padding ? bytes : nil
    }

    /// Writes base64 with padding.
    package static func encodeBase64(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        appendBase64(bytes, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// The same as ``encodeBase64(_:)``, behind other text.
    static func appendBase64(_ bytes: [UInt8], to text: inout [UInt8]) {
        var index = 0
        while index < bytes.count {
            let left = bytes.count - index
            var bits = UInt32(bytes[index]) << 16
            if left > 1 { bits |= UInt32(bytes[index + 1]) << 8 }
            if left > 2 { bits |= UInt32(bytes[index + 2]) }
            text.append(base64Digits[Int(bits >> 18)])
            text.append(base64Digits[Int(bits >> 12 & 63)])
            text.append(left > 1 ? base64Digits[Int(bits >> 6 & 63)] : UInt8(ascii: "="))
            text.append(left > 2 ? base64Digits[Int(bits & 63)] : UInt8(ascii: "="))
            index += 3
        }
    }

    /// Reads lower-case hexadecimal digits; nil for anything else.
    package static func decodeHex(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 2)
        var high: UInt8?
        for digit in text {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }

    /// Writes lower-case hexadecimal digits.
    package static func hex(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        for byte in bytes {
            for value in [byte >> 4, byte & 15] {
                text.append(value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Words of hostile input in a message: without control characters, cut short.
    static func shown(_ bytes: some Collection<UInt8>) -> String {
        let words = String(
            decoding: bytes.prefix(60).map { $0 < 0x20 || $0 >= 0x7F ? UInt8(ascii: "?") : $0 }, as: UTF8.self)
        return bytes.count <= 60 ? "'\(words)'" : "'\(words)...'"
    }

    private static let base64Digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The value of each digit; 64 for a byte that is none.
    private static let base64Values: [UInt8] = {
        var values = [UInt8](repeating: 64, count: 256)
        for (value, digit) in base64Digits.enumerated() { values[Int(digit)] = UInt8(value) }
        return values
    }()
}
