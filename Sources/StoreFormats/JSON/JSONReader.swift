/// A strict JSON text (RFC 8259) read from front to back, one value at a time, with no tree in between.
///
/// `nix path-info --all --json` of a large store is some 100 MB: the reader visits each byte once and makes a string
/// only where the caller asks for one. Malformed texts are refused with ``StoreFormatError/Code/invalidJSON`` and the
/// byte at which they go wrong, what is nested too deep with ``StoreFormatError/Code/limitExceeded``. An object that has
/// a name twice is the caller's to judge.
package struct JSONReader {
    private let bytes: [UInt8]
    private let depthLimit: Int
    /// The offset of the byte that is read next.
    package private(set) var position = 0
    private var depth = 0

    /// - Parameters:
    ///   - bytes: The whole text.
    ///   - depthLimit: How deep arrays and objects may be nested. Callers that build trees must leave room on the stack.
    package init(_ bytes: [UInt8], depthLimit: Int = 32) {
        self.bytes = bytes
        self.depthLimit = depthLimit
    }

    /// The kinds of values.
    package enum Kind: String {
        case object
        case array
        case string
        case number
        case boolean
        case null
    }

    /// The kind of the value that comes next; nothing is taken.
    package mutating func peek() throws(StoreFormatError) -> Kind {
        skipSpace()
        guard position < bytes.count else { throw malformed("the text ends where a value should be") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
        case UInt8(ascii: "n"): return .null
        default: throw malformed("no value starts like this")
        }
    }

    /// Reads an object; `member` must take the value of each member, with `skip` when it has no use for it.
    package mutating func readObject(
        _ member: (String, inout JSONReader) throws(StoreFormatError) -> Void
    ) throws(StoreFormatError) {
        try open(UInt8(ascii: "{"), .object)
        if take(UInt8(ascii: "}")) { return close() }
        repeat {
            skipSpace()
            let key = try readString()
            try expect(UInt8(ascii: ":"))
            try member(key, &self)
        } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "}"))
        close()
    }

    /// Reads an array; `element` must take each value.
    package mutating func readArray(
        _ element: (inout JSONReader) throws(StoreFormatError) -> Void
    ) throws(StoreFormatError) {
        try open(UInt8(ascii: "["), .array)
        if take(UInt8(ascii: "]")) { return close() }
        repeat {
            try element(&self)
        } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "]"))
        close()
    }

    /// Reads `true` or `false`.
    package mutating func readBool() throws(StoreFormatError) -> Bool {
        try demand(.boolean)
        if bytes[position] == UInt8(ascii: "t") {
            try literal("true")
            return true
        }
        try literal("false")
        return false
    }

    /// Reads `null`.
    package mutating func readNull() throws(StoreFormatError) {
        try demand(.null)
        try literal("null")
    }

    /// Reads a number that is written with digits only.
    package mutating func readUInt64() throws(StoreFormatError) -> UInt64 {
        let start = position
        guard let value = UInt64(try readNumberText()) else {
            position = start
            throw malformed("expected a whole number from 0 to 2^64 - 1")
        }
        return value
    }

    /// Reads a number and gives it as it is written.
    package mutating func readNumberText() throws(StoreFormatError) -> String {
        try demand(.number)
        let start = position
        if position < bytes.count, bytes[position] == UInt8(ascii: "-") { position += 1 }
        let leading = position
        try digits()
        if position - leading > 1, bytes[leading] == UInt8(ascii: "0") {
            throw malformed("a number does not start with a needless zero")
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            try digits()
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// Takes the next value, whatever it is, after the same checks as any other.
    package mutating func skip() throws(StoreFormatError) {
        switch try peek() {
        case .object: try readObject { _, reader throws(StoreFormatError) in try reader.skip() }
        case .array: try readArray { reader throws(StoreFormatError) in try reader.skip() }
        case .string: _ = try readString()
        case .number: _ = try readNumberText()
        case .boolean: _ = try readBool()
        case .null: try readNull()
        }
    }

    /// Demands that nothing but white space is left.
    package mutating func finish() throws(StoreFormatError) {
        skipSpace()
        guard position == bytes.count else { throw malformed("more text after the end of the value") }
    }

    /// An error at the present byte, for callers that find the text well formed and not what it should be.
    package func malformed(_ message: String) -> StoreFormatError {
        StoreFormatError(.invalidJSON, "JSON: \(message)", at: .offset(UInt64(position)))
    }
}

// MARK: - Strings

extension JSONReader {
    /// Reads a string and resolves its escapes; it must be UTF-8.
    package mutating func readString() throws(StoreFormatError) -> String {
        try demand(.string)
        let start = position + 1
        var end = start
        // The usual string has no escape: it is found whole, and copied once.
        while end < bytes.count, bytes[end] != UInt8(ascii: "\""), bytes[end] != UInt8(ascii: "\\"), bytes[end] >= 0x20
        {
            end += 1
        }
        guard end < bytes.count else {
            position = end
            throw malformed("the text ends inside a string")
        }
        if bytes[end] == UInt8(ascii: "\"") {
            guard let string = String(validating: bytes[start..<end], as: UTF8.self) else {
                throw malformed("a string is not UTF-8")
            }
            position = end + 1
            return string
        }
        return try readEscapedString(from: start)
    }

    private mutating func readEscapedString(from start: Int) throws(StoreFormatError) -> String {
        var unescaped: [UInt8] = []
        position = start
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: unescaped, as: UTF8.self) else {
                    throw malformed("a string is not UTF-8")
                }
                return string
            case UInt8(ascii: "\\"):
                unescaped.append(contentsOf: try readEscape().utf8)
            case 0..<0x20:
                position -= 1
                throw malformed("a control character inside a string")
            default:
                unescaped.append(byte)
            }
        }
        throw malformed("the text ends inside a string")
    }

    private mutating func readEscape() throws(StoreFormatError) -> Character {
        guard position < bytes.count else { throw malformed("the text ends inside a string") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return Character(try readUnicodeEscape())
        default:
            position -= 1
            throw malformed("an unknown escape inside a string")
        }
    }

    private mutating func readUnicodeEscape() throws(StoreFormatError) -> Unicode.Scalar {
        let first = try readHexUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        // What is no scalar by itself is the first half of a pair, or wrong.
        guard first < 0xDC00, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { throw malformed("half of a surrogate pair") }
        position += 2
        let second = try readHexUnit()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
        else { throw malformed("half of a surrogate pair") }
        return scalar
    }

    private mutating func readHexUnit() throws(StoreFormatError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard position < bytes.count else { throw malformed("the text ends inside a string") }
            switch bytes[position] {
            case let byte where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte):
                unit = unit << 4 | UInt16(byte - UInt8(ascii: "0"))
            case let byte where (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20):
                unit = unit << 4 | UInt16((byte | 0x20) - UInt8(ascii: "a") + 10)
            default: throw malformed("expected a hexadecimal digit")
            }
            position += 1
        }
        return unit
    }
}

// MARK: - Steps

extension JSONReader {
    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func demand(_ kind: Kind) throws(StoreFormatError) {
        let found = try peek()
        guard found == kind else { throw malformed("expected \(kind.rawValue), found \(found.rawValue)") }
    }

    private mutating func open(_ byte: UInt8, _ kind: Kind) throws(StoreFormatError) {
        try demand(kind)
        depth += 1
        guard depth <= depthLimit else {
            throw StoreFormatError(
                .limitExceeded, "JSON nested deeper than \(depthLimit)", at: .offset(UInt64(position)))
        }
        position += 1
    }

    private mutating func close() {
        depth -= 1
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ byte: UInt8) throws(StoreFormatError) {
        guard take(byte) else { throw malformed("expected '\(Character(Unicode.Scalar(byte)))'") }
    }

    private mutating func digits() throws(StoreFormatError) {
        let start = position
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            position += 1
        }
        guard position > start else { throw malformed("expected a digit") }
    }

    private mutating func literal(_ word: StaticString) throws(StoreFormatError) {
        for index in 0..<word.utf8CodeUnitCount {
            guard position < bytes.count, bytes[position] == word.utf8Start[index] else {
                throw malformed("expected '\(word)'")
            }
            position += 1
        }
    }
}
