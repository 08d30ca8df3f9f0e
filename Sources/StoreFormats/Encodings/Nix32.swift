/// Nix's own base 32: 32 digits without e, o, t and u, written from the last bits to the first.
///
/// Only the canonical form is read: the exact length, lower-case digits, and zero in the bits that do not belong to
/// any byte. So equal bytes have one spelling, and text may be compared in place of bytes.
public enum Nix32 {
    /// The digits in the order of their values.
    public static let alphabet = "0123456789abcdfghijklmnpqrsvwxyz"

    private static let digits = [UInt8](alphabet.utf8)

    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 0xff, count: 256)
        for (value, digit) in digits.enumerated() { table[Int(digit)] = UInt8(value) }
        return table
    }()

    /// How many digits a number of bytes takes.
    public static func encodedCount(forBytes count: Int) -> Int {
        (count * 8 + 4) / 5
    }

    /// Whether a byte is one of the 32 digits.
    static func isDigit(_ byte: UInt8) -> Bool {
        values[Int(byte)] != 0xff
    }

    /// Spells bytes.
    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        let source = [UInt8](bytes)
        let count = encodedCount(forBytes: source.count)
        return String(unsafeUninitializedCapacity: count) { target in
            for position in 0..<count {
                let bit = (count - 1 - position) * 5
                let index = bit / 8
                var window = UInt16(source[index])
                if index + 1 < source.count { window |= UInt16(source[index + 1]) << 8 }
                target[position] = digits[Int((window >> UInt16(bit % 8)) & 0x1f)]
            }
            return count
        }
    }

    /// Reads bytes from their spelling.
    ///
    /// - Parameters:
    ///   - text: The spelling as UTF-8.
    ///   - count: How many bytes it must stand for.
    /// - Throws: ``StoreFormatError/Code/invalidEncoding`` when the length is wrong, a byte is no digit, or a bit above
    ///   the last byte is set.
    public static func decode(
        _ text: some RandomAccessCollection<UInt8>, count: Int
    ) throws(StoreFormatError) -> [UInt8] {
        guard text.count == encodedCount(forBytes: count) else {
            throw StoreFormatError(
                .invalidEncoding, "nix32 text of \(text.count) digits where \(encodedCount(forBytes: count)) are needed"
            )
        }
        var bytes = [UInt8](repeating: 0, count: count)
        var bit = 0
        for character in text.reversed() {
            let value = values[Int(character)]
            guard value != 0xff else {
                throw StoreFormatError(.invalidEncoding, "nix32 text has a character that is no digit of it")
            }
            let index = bit / 8
            let window = UInt16(value) << UInt16(bit % 8)
            bytes[index] |= UInt8(truncatingIfNeeded: window)
            let carry = UInt8(window >> 8)
            if index + 1 < count {
                bytes[index + 1] |= carry
            } else if carry != 0 {
                throw StoreFormatError(.invalidEncoding, "nix32 text has bits above its last byte")
            }
            bit += 5
        }
        return bytes
    }

    /// Reads bytes from their spelling.
    public static func decode(_ text: String, count: Int) throws(StoreFormatError) -> [UInt8] {
        try decode([UInt8](text.utf8), count: count)
    }
}
