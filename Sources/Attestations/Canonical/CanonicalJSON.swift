package import StoreFormats

/// The one spelling of a JSON value that is accepted where bytes are signed.
///
/// Members stand in the order of their names' bytes, each name once; no blanks; numbers are integers that every reader
/// takes exactly; text is ASCII, with one escape for each character that needs one: `\"`, `\\`, `\b`, `\f`, `\n`, `\r`,
/// `\t`, and `\u` with four small hexadecimal digits for other control characters and for all beyond ASCII (pairs of
/// surrogates beyond U+FFFF).
package enum CanonicalJSON {
    /// The integers that survive a reader which takes numbers for floating point.
    package static let integers = -(1 << 53 - 1)...(1 << 53 - 1)

    /// Reads a text that is canonical.
    ///
    /// - Parameters:
    ///   - bytes: The whole text.
    ///   - limit: The most bytes it may have.
    /// - Throws: ``AttestationError/Code/json`` for every other spelling, ``AttestationError/Code/limit``.
    package static func parse(
        _ bytes: [UInt8], limit: Int = AttestationLimits.jsonBytes
    ) throws(AttestationError) -> JSONValue {
        guard bytes.count <= limit else {
            throw AttestationError(.limit, "JSON of \(bytes.count) bytes: \(limit) are allowed")
        }
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw AttestationError(.json, "\(error)")
        }
        if let number = firstInexact(value) {
            throw AttestationError(.json, "JSON: \(number.prefix(32)) is no integer that all readers take exactly")
        }
        // Whatever else could be spelled in two ways: only what would be written is read.
        guard encode(value) == bytes else { throw AttestationError(.json, "JSON: not in canonical form") }
        return value
    }

    /// Writes a value canonically; numbers are written with the digits that they have.
    package static func encode(_ value: JSONValue) -> [UInt8] {
        var writer = CanonicalJSONWriter(isASCII: true)
        writer.write(value.sorted)
        return writer.bytes
    }

    /// Writes a value as in-toto links are signed (OLPC's canonical JSON): only `"` and `\` are escaped, everything else
    /// stands as it is, in UTF-8.
    package static func encodeForLink(_ value: JSONValue) -> [UInt8] {
        var writer = CanonicalJSONWriter(isASCII: false)
        writer.write(value.sorted)
        return writer.bytes
    }

    /// The first number that is not one of ``integers`` in its shortest form.
    static func firstInexact(_ value: JSONValue) -> String? {
        switch value {
        case .null, .boolean, .string: return nil
        case .number(let digits):
            guard let integer = Int(digits), integers.contains(integer), String(integer) == digits else {
                return digits
            }
            return nil
        case .array(let elements): return elements.lazy.compactMap(firstInexact).first
        case .object(let members): return members.lazy.compactMap { firstInexact($0.value) }.first
        }
    }
}

/// Writes values whose members are in order already.
private struct CanonicalJSONWriter {
    private(set) var bytes: [UInt8] = []
    private let isASCII: Bool

    init(isASCII: Bool) {
        self.isASCII = isASCII
    }

    mutating func write(_ value: JSONValue) {
        switch value {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .boolean(let isTrue): bytes.append(contentsOf: (isTrue ? "true" : "false").utf8)
        case .number(let digits): bytes.append(contentsOf: digits.utf8)
        case .string(let text): write(text)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(element)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(member.name)
                bytes.append(UInt8(ascii: ":"))
                write(member.value)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\":
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(contentsOf: UTF8.encode(scalar) ?? .init())
            case _ where !isASCII: bytes.append(contentsOf: UTF8.encode(scalar) ?? .init())
            case "\u{8}": bytes.append(contentsOf: #"\b"#.utf8)
            case "\u{C}": bytes.append(contentsOf: #"\f"#.utf8)
            case "\n": bytes.append(contentsOf: #"\n"#.utf8)
            case "\r": bytes.append(contentsOf: #"\r"#.utf8)
            case "\t": bytes.append(contentsOf: #"\t"#.utf8)
            case "\u{20}"..."\u{7F}": bytes.append(UInt8(truncatingIfNeeded: scalar.value))
            default: for unit in String(scalar).utf16 { writeEscape(unit) }
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func writeEscape(_ unit: UInt16) {
        bytes.append(contentsOf: "\\u\(Base16.encode([UInt8(unit >> 8), UInt8(unit & 0xFF)]))".utf8)
    }
}
