/// What both kinds of key files have in common: one line of text.
enum KeyFile {
    /// The longest file in bytes: the longest name, a colon, a secret key in base64, a line end, and some room.
    static let maximumSize = 1024

    static func text(_ contents: some Collection<UInt8>) throws(StoreFormatError) -> String {
        guard contents.count <= maximumSize else {
            throw StoreFormatError(.limitExceeded, "key file is larger than \(maximumSize) bytes")
        }
        var bytes = [UInt8](contents)
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        // Bytes that are no UTF-8 become characters which neither names nor base64 have.
        return String(decoding: bytes, as: UTF8.self)
    }
}
