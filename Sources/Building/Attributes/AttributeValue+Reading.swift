internal import StoreFormats

extension AttributeValue {
    /// How deep arrays and objects may be nested: far above what people write, far below what a stack holds.
    static let depthLimit = 256

    /// Reads one JSON value (RFC 8259) and nothing else. Of a key that an object has twice the last one counts, as in
    /// Nix.
    ///
    /// - Throws: ``BuildingError/Code/invalidAttribute``.
    init(parsing bytes: [UInt8]) throws(BuildingError) {
        var reader = JSONReader(bytes, depthLimit: AttributeValue.depthLimit)
        do {
            try self.init(from: &reader)
            try reader.finish()
        } catch {
            throw BuildingError(.invalidAttribute, "structured attributes: \(error)")
        }
    }

    private init(from reader: inout JSONReader) throws(StoreFormatError) {
        switch try reader.peek() {
        case .object:
            var members: [ByteString: AttributeValue] = [:]
            try reader.readObject { name, reader throws(StoreFormatError) in
                members[ByteString(name)] = try AttributeValue(from: &reader)
            }
            self = .object(members)
        case .array:
            var elements: [AttributeValue] = []
            try reader.readArray { reader throws(StoreFormatError) in elements.append(try AttributeValue(from: &reader))
            }
            self = .array(elements)
        case .string: self = .string(try reader.readString())
        case .number:
            guard let number = AttributeValue(number: try reader.readNumberText()) else {
                throw reader.malformed("a number out of range")
            }
            self = number
        case .boolean: self = .bool(try reader.readBool())
        case .null:
            try reader.readNull()
            self = .null
        }
    }

    /// A number as it is written in a text; nil when it is beyond what a `Double` holds.
    private init?(number text: String) {
        if let value = Int64(text) {
            self = .integer(value)
        } else if let value = UInt64(text) {
            self = .unsigned(value)
        } else if let value = Double(text), value.isFinite {
            self = .number(value)
        } else {
            return nil
        }
    }
}
