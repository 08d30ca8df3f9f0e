/// Base 58 with Bitcoin's digits, which identifiers of keys (`did:key`) use.
enum Base58 {
    private static let digits = Array("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        let zeros = bytes.prefix { $0 == 0 }.count
        // Least significant digit first.
        var number: [UInt8] = []
        for byte in bytes {
            var carry = Int(byte)
            for index in number.indices {
                carry += Int(number[index]) << 8
                number[index] = UInt8(carry % 58)
                carry /= 58
            }
            while carry > 0 {
                number.append(UInt8(carry % 58))
                carry /= 58
            }
        }
        let text = repeatElement(digits[0], count: zeros) + number.reversed().map { digits[Int($0)] }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads what ``encode(_:)`` writes; nil for anything else. For short texts: the time grows with the square.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        let zeros = text.prefix { $0 == digits[0] }.count
        var number: [UInt8] = []
        for character in text {
            guard let value = digits.firstIndex(of: character) else { return nil }
            var carry = value
            for index in number.indices {
                carry += Int(number[index]) * 58
                number[index] = UInt8(carry & 0xFF)
                carry >>= 8
            }
            while carry > 0 {
                number.append(UInt8(carry & 0xFF))
                carry >>= 8
            }
        }
        return repeatElement(0, count: zeros) + number.reversed()
    }
}
