/// Reads a JSON text strictly, from front to back.
struct JSONTextReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func value(depth: Int) throws(StoreFormatError) -> JSONValue {
        guard depth < JSONValue.depthLimit else {
            throw StoreFormatError(
                .limitExceeded, "JSON nested deeper than \(JSONValue.depthLimit)", at: .offset(UInt64(position)))
        }
        skipSpace()
        guard position < bytes.count else { throw malformed("the text ends where a value should be") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return .object(try members(depth: depth))
        case UInt8(ascii: "["): return .array(try elements(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    mutating func finish() throws(StoreFormatError) {
        skipSpace()
        guard position == bytes.count else { throw malformed("more text behind the end of the value") }
    }

    private mutating func members(depth: Int) throws(StoreFormatError) -> [JSONValue.Member] {
        position += 1
        var members: [JSONValue.Member] = []
        if take(UInt8(ascii: "}")) { return members }
        // Swift's strings are equal after Unicode normalisation; names are different when their bytes are.
        var names: Set<ByteString> = []
        repeat {
            skipSpace()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                throw malformed("expected the name of a member")
            }
            let name = try string()
            guard names.insert(ByteString(name)).inserted else { throw malformed("an object has two members \(name)") }
            guard take(UInt8(ascii: ":")) else { throw malformed("expected ':'") }
            members.append(JSONValue.Member(name, try value(depth: depth + 1)))
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw malformed("expected '}'") }
        return members
    }

    private mutating func elements(depth: Int) throws(StoreFormatError) -> [JSONValue] {
        position += 1
        var elements: [JSONValue] = []
        if take(UInt8(ascii: "]")) { return elements }
        repeat {
            elements.append(try value(depth: depth + 1))
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw malformed("expected ']'") }
        return elements
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(StoreFormatError) -> JSONValue {
        let end = position + word.utf8CodeUnitCount
        guard end <= bytes.count,
            bytes[position..<end].elementsEqual(
                UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
        else { throw malformed("expected \(word)") }
        position = end
        return value
    }

    private mutating func number() throws(StoreFormatError) -> String {
        let start = position
        _ = takeHere(UInt8(ascii: "-"))
        let leading = position
        guard takeDigits() > 0 else {
            position = start
            throw malformed("no value begins like this")
        }
        guard position - leading == 1 || bytes[leading] != UInt8(ascii: "0") else {
            throw malformed("a number with a needless zero in front")
        }
        if takeHere(UInt8(ascii: ".")), takeDigits() == 0 { throw malformed("expected a digit") }
        if takeHere(UInt8(ascii: "e")) || takeHere(UInt8(ascii: "E")) {
            if !takeHere(UInt8(ascii: "+")) { _ = takeHere(UInt8(ascii: "-")) }
            guard takeDigits() > 0 else { throw malformed("expected a digit") }
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func string() throws(StoreFormatError) -> String {
        position += 1
        let start = position
        var unescaped: [UInt8]?
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                let end = position
                position += 1
                let text =
                    if let unescaped {
                        String(validating: unescaped, as: UTF8.self)
                    } else {
                        String(validating: bytes[start..<end], as: UTF8.self)
                    }
                guard let text else { throw malformed("a string that is not UTF-8") }
                return text
            case UInt8(ascii: "\\"):
                if unescaped == nil { unescaped = [UInt8](bytes[start..<position]) }
                position += 1
                let scalar = try escape()
                unescaped?.append(contentsOf: String(Character(scalar)).utf8)
            case 0..<0x20:
                throw malformed("a control character in a string")
            default:
                unescaped?.append(byte)
                position += 1
            }
        }
        throw malformed("the text ends in a string")
    }

    private mutating func escape() throws(StoreFormatError) -> Unicode.Scalar {
        guard position < bytes.count else { throw malformed("the text ends in a string") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): break
        default: throw malformed("an unknown escape in a string")
        }
        let first = try unit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        // What is no scalar by itself is the first half of a pair, or wrong.
        guard first < 0xDC00, takeHere(UInt8(ascii: "\\")), takeHere(UInt8(ascii: "u")) else {
            throw malformed("half of a surrogate pair")
        }
        let second = try unit()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
        else { throw malformed("half of a surrogate pair") }
        return scalar
    }

    private mutating func unit() throws(StoreFormatError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard position < bytes.count,
                let value = Character(Unicode.Scalar(bytes[position])).hexDigitValue
            else { throw malformed("expected a hexadecimal digit") }
            unit = unit << 4 | UInt16(value)
            position += 1
        }
        return unit
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[position]) { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        return takeHere(byte)
    }

    private mutating func takeHere(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func takeDigits() -> Int {
        let start = position
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            position += 1
        }
        return position - start
    }

    private func malformed(_ message: String) -> StoreFormatError {
        StoreFormatError(.invalidJSON, "JSON: \(message)", at: .offset(UInt64(position)))
    }
}
