internal import StoreFormats

/// The attributes of a derivation that steer its build: out of its environment, or out of its structured attributes.
struct DerivationAttributes: Sendable {
    /// The variable that holds structured attributes as JSON.
    static let structuredVariable = "__json"

    let derivation: Derivation

    /// The structured attributes, when the derivation has them; then nothing else of its environment counts.
    let structured: [ByteString: AttributeValue]?

    /// - Throws: ``BuildingError/Code/invalidAttribute`` when the structured attributes cannot be read.
    init(_ derivation: Derivation, flavor: BuildFlavor) throws(BuildingError) {
        self.derivation = derivation
        guard flavor.readsStructuredAttributes, let json = derivation.value(of: Self.structuredVariable) else {
            structured = nil
            return
        }
        guard case .object(let members) = try AttributeValue(parsing: json.bytes) else {
            throw BuildingError(.invalidAttribute, "structured attributes are not a JSON object")
        }
        structured = members
    }

    /// A list of words: an array of strings, or text with spaces between.
    ///
    /// - Throws: ``BuildingError/Code/invalidAttribute``.
    func strings(_ name: String) throws(BuildingError) -> [String]? {
        if let structured {
            guard let value = structured[ByteString(name)] else { return nil }
            guard let strings = value.strings else {
                throw BuildingError(.invalidAttribute, "attribute '\(name)' must be a list of strings")
            }
            return strings
        }
        guard let value = derivation.value(of: name) else { return nil }
        return try Self.words(value, of: name)
    }

    /// A text.
    ///
    /// - Throws: ``BuildingError/Code/invalidAttribute``.
    func string(_ name: String) throws(BuildingError) -> String? {
        if let structured {
            guard let value = structured[ByteString(name)] else { return nil }
            guard let string = value.string else {
                throw BuildingError(.invalidAttribute, "attribute '\(name)' must be a string")
            }
            return string
        }
        guard let value = derivation.value(of: name) else { return nil }
        guard let text = value.text else {
            throw BuildingError(.invalidAttribute, "attribute '\(name)' is not UTF-8")
        }
        return text
    }

    /// Whether an attribute is true: `true`, or the text `1`.
    ///
    /// - Throws: ``BuildingError/Code/invalidAttribute``.
    func flag(_ name: String) throws(BuildingError) -> Bool {
        if let structured {
            guard let value = structured[ByteString(name)] else { return false }
            guard case .bool(let flag) = value else {
                throw BuildingError(.invalidAttribute, "attribute '\(name)' must be true or false")
            }
            return flag
        }
        return derivation.value(of: name) == ByteString("1")
    }

    /// The words of a text: what stands between spaces, tabulators and line ends.
    static func words(_ value: ByteString, of name: String) throws(BuildingError) -> [String] {
        guard let text = value.text else {
            throw BuildingError(.invalidAttribute, "attribute '\(name)' is not UTF-8")
        }
        return text.utf8.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }.map { String(Substring($0)) }
    }
}
