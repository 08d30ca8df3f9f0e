/// Strict base64 of large texts without a step for each byte: each leaf of a log passes through it.
///
/// It accepts exactly what `Base64` of StoreFormats does, other than nothing at all.
enum DirectBase64 {
    /// The value of each digit; 0x80 for what is none.
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 0x80, count: 256)
        let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
        for (value, digit) in digits.enumerated() { table[Int(digit)] = UInt8(value) }
        return table
    }()

    private static let padding = UInt8(ascii: "=")

    /// How many bytes a text of this length and padding stands for; nil for one that has no such length.
    static func decodedCount(_ text: UnsafeRawBufferPointer) -> Int? {
        guard let last = text.last, text.count % 4 == 0 else { return nil }
        let padded = last != padding ? 0 : text[text.count - 2] != padding ? 1 : 2
        return text.count / 4 * 3 - padded
    }

    /// The bytes that the text stands for, behind others; nil for a text that is not canonical.
    static func decode(_ text: UnsafeRawBufferPointer, behind prefix: [UInt8] = []) -> [UInt8]? {
        guard let count = decodedCount(text) else { return nil }
        var isCanonical = true
        let bytes = [UInt8](unsafeUninitializedCapacity: prefix.count + count) { target, initialized in
            _ = target.initialize(from: prefix)
            isCanonical = values.withUnsafeBufferPointer { values in
                let target = UnsafeMutableBufferPointer(rebasing: target[prefix.count...])
                return decode(text, count: count, values: values, into: target)
            }
            initialized = prefix.count + count
        }
        return isCanonical ? bytes : nil
    }

    /// Fills `count` bytes, whatever the text; says whether they are what it canonically stands for.
    private static func decode(
        _ text: UnsafeRawBufferPointer, count: Int, values: UnsafeBufferPointer<UInt8>,
        into target: UnsafeMutableBufferPointer<UInt8>
    ) -> Bool {
        var wrong: UInt8 = 0
        var read = 0
        var written = 0
        while written + 3 <= count {
            let first = values[Int(text[read])]
            let second = values[Int(text[read + 1])]
            let third = values[Int(text[read + 2])]
            let fourth = values[Int(text[read + 3])]
            wrong |= first | second | third | fourth
            target.initializeElement(at: written, to: first << 2 | (second & 0x3F) >> 4)
            target.initializeElement(at: written + 1, to: second << 4 | (third & 0x3F) >> 2)
            target.initializeElement(at: written + 2, to: third << 6 | fourth)
            read += 4
            written += 3
        }
        let left = count - written
        if left > 0 {
            let first = values[Int(text[read])]
            let second = values[Int(text[read + 1])]
            let third = left == 2 ? values[Int(text[read + 2])] : 0
            wrong |= first | second | third
            target.initializeElement(at: written, to: first << 2 | (second & 0x3F) >> 4)
            if left == 2 { target.initializeElement(at: written + 1, to: second << 4 | (third & 0x3F) >> 2) }
            // Bits behind the last byte would be a second spelling.
            guard (left == 1 ? second & 0x0F : third & 0x03) == 0 else { return false }
        }
        return wrong & 0x80 == 0
    }
}
