/// The rules for names of keys.
enum KeyName {
    /// The longest name in bytes; real ones are host names with a number.
    static let maximumLength = 255

    /// Checks a name: printable ASCII without spaces and without `:`, which ends it.
    static func check(_ name: ArraySlice<UInt8>) throws(StoreFormatError) {
        guard !name.isEmpty else { throw StoreFormatError(.invalidKey, "key without a name; write name:base64") }
        guard name.count <= maximumLength else {
            throw StoreFormatError(.invalidKey, "key's name is longer than \(maximumLength) bytes")
        }
        guard name.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ":") }) else {
            throw StoreFormatError(.invalidKey, "key's name has a character other than printable ASCII, or a colon")
        }
    }

    /// Splits `name:base64` and reads both, demanding a number of bytes.
    static func parse(
        _ text: ArraySlice<UInt8>, byteCount: Int
    ) throws(StoreFormatError) -> (name: String, bytes: [UInt8]) {
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else {
            throw StoreFormatError(.invalidKey, "no colon behind the key's name; write name:base64")
        }
        try check(text[..<colon])
        let bytes = try Base64.decode(text[(colon + 1)...])
        guard bytes.count == byteCount else {
            throw StoreFormatError(.invalidKey, "base64 text of \(bytes.count) bytes where \(byteCount) are needed")
        }
        return (String(decoding: text[..<colon], as: UTF8.self), bytes)
    }
}
