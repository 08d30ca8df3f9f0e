internal import StoreFormats

/// Reads JSON (RFC 8259). Of a key that an object has twice the last one counts, as in Nix.
struct JSONReader {
    /// How deep arrays and objects may be nested: far above what people write, far below what a stack holds.
    static let maximumDepth = 256

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    /// Reads one value and nothing else.
    ///
    /// - Throws: ``BuildingError/Code/invalidAttribute``.
    static func read(_ bytes: [UInt8]) throws(BuildingError) -> JSONValue {
        var reader = JSONReader(bytes: bytes)
        reader.skipSpace()
        let value = try reader.value()
        reader.skipSpace()
        guard reader.position == bytes.count else { throw reader.refusal("something behind its end") }
        return value
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private func refusal(_ why: String) -> BuildingError {
        BuildingError(.invalidAttribute, "structured attributes are not JSON: \(why) (byte \(position))")
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func take(_ byte: Character) -> Bool {
        guard next == byte.asciiValue else { return false }
        position += 1
        return true
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(BuildingError) -> JSONValue {
        let length = word.utf8CodeUnitCount
        let isThere = word.withUTF8Buffer { bytes[position...].prefix(length).elementsEqual($0) }
        guard isThere else { throw refusal("an unknown word") }
        position += length
        return value
    }

    private mutating func value() throws(BuildingError) -> JSONValue {
        switch next {
        case UInt8(ascii: "{"): return try nested { reader throws(BuildingError) in try reader.object() }
        case UInt8(ascii: "["): return try nested { reader throws(BuildingError) in try reader.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case .none: throw refusal("it ends too early")
        default: return try number()
        }
    }

    private mutating func nested(
        _ body: (inout Self) throws(BuildingError) -> JSONValue
    ) throws(BuildingError) -> JSONValue {
        guard depth < Self.maximumDepth else { throw refusal("nested deeper than \(Self.maximumDepth)") }
        depth += 1
        position += 1
        skipSpace()
        let value = try body(&self)
        depth -= 1
        return value
    }

    private mutating func object() throws(BuildingError) -> JSONValue {
        var members: [ByteString: JSONValue] = [:]
        if take("}") { return .object(members) }
        while true {
            guard next == UInt8(ascii: "\"") else { throw refusal("a key is missing") }
            let key = ByteString(try string())
            skipSpace()
            guard take(":") else { throw refusal("':' is missing") }
            skipSpace()
            members[key] = try value()
            skipSpace()
            if take("}") { return .object(members) }
            guard take(",") else { throw refusal("',' or '}' is missing") }
            skipSpace()
        }
    }

    private mutating func array() throws(BuildingError) -> JSONValue {
        var elements: [JSONValue] = []
        if take("]") { return .array(elements) }
        while true {
            elements.append(try value())
            skipSpace()
            if take("]") { return .array(elements) }
            guard take(",") else { throw refusal("',' or ']' is missing") }
            skipSpace()
        }
    }

    private mutating func string() throws(BuildingError) -> String {
        position += 1
        var text: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: text, as: UTF8.self) else { throw refusal("text is not UTF-8") }
                return text
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw refusal("a control character in a string")
            default: text.append(byte)
            }
        }
        throw refusal("a string without end")
    }

    private mutating func escape(into text: inout [UInt8]) throws(BuildingError) {
        guard let byte = next else { throw refusal("a string without end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if (0xD800..<0xDC00).contains(code) {
                guard take("\\"), take("u") else { throw refusal("half of a surrogate pair") }
                let low = try hexadecimal()
                guard (0xDC00..<0xE000).contains(low) else { throw refusal("half of a surrogate pair") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw refusal("half of a surrogate pair") }
            text += Array(String(Character(scalar)).utf8)
        default: throw refusal("an unknown escape")
        }
    }

    private mutating func hexadecimal() throws(BuildingError) -> UInt32 {
        let digits = bytes[position...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw refusal("\\u without four hexadecimal digits") }
        position += 4
        return code
    }

    private mutating func digits() throws(BuildingError) {
        guard let byte = next, (0x30...0x39).contains(byte) else { throw refusal("a digit is missing") }
        while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
    }

    private mutating func number() throws(BuildingError) -> JSONValue {
        let start = position
        let isNegative = take("-")
        if !take("0") { try digits() }
        var isWhole = true
        if take(".") {
            isWhole = false
            try digits()
        }
        if take("e") || take("E") {
            isWhole = false
            if !take("+") { _ = take("-") }
            try digits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole {
            if let value = Int64(text) { return .integer(value) }
            if !isNegative, let value = UInt64(text) { return .unsigned(value) }
        }
        guard let value = Double(text), value.isFinite else { throw refusal("a number out of range") }
        return .number(value)
    }
}
