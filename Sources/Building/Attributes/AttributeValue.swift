internal import StoreFormats

/// A JSON value of structured attributes, held the way Nix holds it: keys sorted, whole numbers apart from others.
indirect enum AttributeValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// A whole number that fits 64 bits with a sign.
    case integer(Int64)
    /// A whole number above that.
    case unsigned(UInt64)
    /// Any other number; finite.
    case number(Double)
    case string(String)
    case array([AttributeValue])
    /// By the bytes of the keys: equal characters in two spellings are two keys.
    case object([ByteString: AttributeValue])

    /// The members of an object.
    var object: [ByteString: AttributeValue]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// The text of a string.
    var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The strings of an array of nothing but strings.
    var strings: [String]? {
        guard case .array(let elements) = self else { return nil }
        let strings = elements.compactMap(\.string)
        return strings.count == elements.count ? strings : nil
    }

    /// A whole number of at least 0.
    var count: UInt64? {
        switch self {
        case .integer(let value): UInt64(exactly: value)
        case .unsigned(let value): value
        default: nil
        }
    }
}

extension [ByteString: AttributeValue] {
    /// The members sorted by the bytes of their keys.
    var sortedMembers: [(key: ByteString, value: AttributeValue)] {
        sorted { $0.key < $1.key }
    }
}
