/// Lower-case hexadecimal.
public enum Base16 {
    private static let digits = [UInt8]("0123456789abcdef".utf8)

    /// Spells bytes.
    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        let count = bytes.count * 2
        return String(unsafeUninitializedCapacity: count) { target in
            var written = 0
            for byte in bytes {
                target[written] = digits[Int(byte >> 4)]
                target[written + 1] = digits[Int(byte & 0xf)]
                written += 2
            }
            return count
        }
    }

    /// Reads bytes from their spelling.
    ///
    /// - Throws: ``StoreFormatError/Code/invalidEncoding`` for an odd number of digits, upper-case digits and any other
    ///   character.
    public static func decode(_ text: some RandomAccessCollection<UInt8>) throws(StoreFormatError) -> [UInt8] {
        guard text.count % 2 == 0 else {
            throw StoreFormatError(.invalidEncoding, "hexadecimal text with an odd number of digits")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 2)
        var high: UInt8?
        for character in text {
            let value: UInt8
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = character - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = character - UInt8(ascii: "a") + 10
            default:
                throw StoreFormatError(.invalidEncoding, "hexadecimal text has a character that is no digit of it")
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

    /// Reads bytes from their spelling.
    public static func decode(_ text: String) throws(StoreFormatError) -> [UInt8] {
        try decode([UInt8](text.utf8))
    }
}
