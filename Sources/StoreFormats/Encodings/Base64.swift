/// Standard base64 with padding (RFC 4648, section 4), read in its canonical form only.
///
/// Missing or extra padding, spaces, line ends, the URL-safe digits and set bits behind the last byte are refused.
public enum Base64 {
    private static let digits = [UInt8]("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 0xff, count: 256)
        for (value, digit) in digits.enumerated() { table[Int(digit)] = UInt8(value) }
        return table
    }()

    private static let padding = UInt8(ascii: "=")

    /// How many characters a number of bytes takes, padding included.
    public static func encodedCount(forBytes count: Int) -> Int {
        (count + 2) / 3 * 4
    }

    /// Spells bytes.
    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        let source = [UInt8](bytes)
        let count = encodedCount(forBytes: source.count)
        return String(unsafeUninitializedCapacity: count) { target in
            var written = 0
            var index = 0
            while index < source.count {
                let present = min(3, source.count - index)
                var group = UInt32(source[index]) << 16
                if present > 1 { group |= UInt32(source[index + 1]) << 8 }
                if present > 2 { group |= UInt32(source[index + 2]) }
                for digit in 0..<4 {
                    target[written] =
                        digit <= present ? digits[Int((group >> UInt32(18 - 6 * digit)) & 0x3f)] : padding
                    written += 1
                }
                index += 3
            }
            return count
        }
    }

    /// Reads bytes from their spelling.
    ///
    /// - Throws: ``StoreFormatError/Code/invalidEncoding`` for anything but the canonical spelling.
    public static func decode(_ text: some RandomAccessCollection<UInt8>) throws(StoreFormatError) -> [UInt8] {
        guard text.count % 4 == 0 else {
            throw StoreFormatError(.invalidEncoding, "base64 text of \(text.count) characters; it comes in groups of 4")
        }
        let padded = text.suffix(2).reversed().prefix { $0 == padding }.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var group: UInt32 = 0
        var digitsRead = 0
        for character in text.dropLast(padded) {
            let value = values[Int(character)]
            guard value != 0xff else {
                throw StoreFormatError(.invalidEncoding, "base64 text has a character that is no digit of it")
            }
            group = group << 6 | UInt32(value)
            digitsRead += 1
            if digitsRead == 4 {
                bytes.append(UInt8(truncatingIfNeeded: group >> 16))
                bytes.append(UInt8(truncatingIfNeeded: group >> 8))
                bytes.append(UInt8(truncatingIfNeeded: group))
                group = 0
                digitsRead = 0
            }
        }
        switch digitsRead {
        case 2:
            guard group & 0xf == 0 else { throw bitsBehindLastByte() }
            bytes.append(UInt8(truncatingIfNeeded: group >> 4))
        case 3:
            guard group & 0x3 == 0 else { throw bitsBehindLastByte() }
            bytes.append(UInt8(truncatingIfNeeded: group >> 10))
            bytes.append(UInt8(truncatingIfNeeded: group >> 2))
        default:
            break
        }
        return bytes
    }

    /// Reads bytes from their spelling.
    public static func decode(_ text: String) throws(StoreFormatError) -> [UInt8] {
        try decode([UInt8](text.utf8))
    }

    private static func bitsBehindLastByte() -> StoreFormatError {
        StoreFormatError(.invalidEncoding, "base64 text has bits behind its last byte")
    }
}
