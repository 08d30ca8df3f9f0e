/// A JSON text (RFC 8259) as a tree.
///
/// Numbers keep the digits that they were written with, and objects the order of their members, so that what was read
/// can be written again without a change.
package indirect enum JSONValue: Hashable, Sendable {
    case null
    case boolean(Bool)
    /// The digits as they were written.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([Member])

    /// One member of an object.
    package struct Member: Hashable, Sendable {
        package let name: String
        package let value: JSONValue

        package init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// The deepest nesting that is read: structured attributes are nested by people, hardly ever deeper than 10.
    package static let depthLimit = 64

    /// The members with their names in order of their bytes, at every depth: the order in which Nix writes them.
    package var sorted: JSONValue {
        switch self {
        case .array(let elements): .array(elements.map(\.sorted))
        case .object(let members):
            .object(
                members.map { Member($0.name, $0.value.sorted) }
                    .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) })
        default: self
        }
    }
}

// MARK: - Reading

extension JSONValue {
    /// Reads a text.
    ///
    /// - Throws: ``StoreFormatError/Code/invalidJSON`` with the offset, also for an object with two members of one name;
    ///   ``StoreFormatError/Code/limitExceeded``.
    package init(parsing bytes: [UInt8]) throws(StoreFormatError) {
        var reader = JSONReader(bytes, depthLimit: JSONValue.depthLimit)
        try self.init(from: &reader)
        try reader.finish()
    }

    private init(from reader: inout JSONReader) throws(StoreFormatError) {
        switch try reader.peek() {
        case .object:
            var members: [Member] = []
            // Swift's strings are equal after Unicode normalisation; names are different when their bytes are.
            var names: Set<ByteString> = []
            try reader.readObject { name, reader throws(StoreFormatError) in
                guard names.insert(ByteString(name)).inserted else {
                    throw reader.malformed("an object has two members \(name)")
                }
                members.append(Member(name, try JSONValue(from: &reader)))
            }
            self = .object(members)
        case .array:
            var elements: [JSONValue] = []
            try reader.readArray { reader throws(StoreFormatError) in elements.append(try JSONValue(from: &reader)) }
            self = .array(elements)
        case .string: self = .string(try reader.readString())
        case .number: self = .number(try reader.readNumberText())
        case .boolean: self = .boolean(try reader.readBool())
        case .null:
            try reader.readNull()
            self = .null
        }
    }

    func asObject(_ what: String) throws(StoreFormatError) -> [Member] {
        guard case .object(let members) = self else { throw JSONValue.unexpected(what, "an object") }
        return members
    }

    func asArray(_ what: String) throws(StoreFormatError) -> [JSONValue] {
        guard case .array(let elements) = self else { throw JSONValue.unexpected(what, "an array") }
        return elements
    }

    func asString(_ what: String) throws(StoreFormatError) -> String {
        guard case .string(let text) = self else { throw JSONValue.unexpected(what, "a string") }
        return text
    }

    private static func unexpected(_ what: String, _ kind: String) -> StoreFormatError {
        StoreFormatError(.invalidJSON, "\(what) is not \(kind)")
    }
}

// MARK: - Writing

extension JSONValue {
    /// Writes the text.
    ///
    /// - Parameters:
    ///   - indented: Whether each member and element stands in a line of its own.
    ///   - escapes: How control characters are written that have an escape of one letter.
    func serialized(indented: Bool, escapes: Escapes = .letters) -> [UInt8] {
        var writer = JSONTextWriter(escapes: escapes)
        writer.write(self, indentation: indented ? 0 : nil)
        return writer.bytes
    }

    /// How control characters are written. Line ends and tabs always have their letter.
    enum Escapes {
        /// By their letter.
        case letters
        /// By their number, as Nix did before it took a library for JSON.
        case numbers
    }
}

/// Writes a JSON text.
private struct JSONTextWriter {
    private(set) var bytes: [UInt8] = []
    private let escapes: JSONValue.Escapes

    init(escapes: JSONValue.Escapes) {
        self.escapes = escapes
    }

    mutating func write(_ value: JSONValue, indentation: Int?) {
        switch value {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .boolean(let isTrue): bytes.append(contentsOf: (isTrue ? "true" : "false").utf8)
        case .number(let digits): bytes.append(contentsOf: digits.utf8)
        case .string(let text): write(text)
        case .array(let elements):
            write(elements, "[", "]", indentation) { element, writer, inner in
                writer.write(element, indentation: inner)
            }
        case .object(let members):
            write(members, "{", "}", indentation) { member, writer, inner in
                writer.write(member.name)
                writer.bytes.append(contentsOf: (inner == nil ? ":" : ": ").utf8)
                writer.write(member.value, indentation: inner)
            }
        }
    }

    private mutating func write<Element>(
        _ elements: [Element], _ open: String, _ close: String, _ indentation: Int?,
        _ write: (Element, inout JSONTextWriter, Int?) -> Void
    ) {
        bytes.append(contentsOf: open.utf8)
        let inner = indentation.map { $0 + 2 }
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            breakLine(inner)
            write(element, &self, inner)
        }
        if !elements.isEmpty { breakLine(indentation) }
        bytes.append(contentsOf: close.utf8)
    }

    private mutating func breakLine(_ spaces: Int?) {
        guard let spaces else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: spaces))
    }

    private mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            } else if byte >= 0x20 {
                bytes.append(byte)
            } else if let letter = letter(byte) {
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(letter)
            } else {
                bytes.append(contentsOf: "\\u00\(Base16.encode([byte]))".utf8)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private func letter(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x09: UInt8(ascii: "t")
        case 0x0A: UInt8(ascii: "n")
        case 0x0D: UInt8(ascii: "r")
        case 0x08 where escapes == .letters: UInt8(ascii: "b")
        case 0x0C where escapes == .letters: UInt8(ascii: "f")
        default: nil
        }
    }
}
