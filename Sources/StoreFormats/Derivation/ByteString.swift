/// Text as derivations have it: bytes, which are nearly always UTF-8 but need not be.
///
/// Two strings are equal when their bytes are; Swift's own strings would be equal after Unicode normalisation.
public struct ByteString: Hashable, Sendable {
    /// The bytes.
    public let bytes: [UInt8]

    /// Takes bytes as they are.
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Takes text in UTF-8.
    public init(_ text: String) {
        bytes = [UInt8](text.utf8)
    }

    /// The text; nil when the bytes are not UTF-8.
    public var text: String? { String(validating: bytes, as: UTF8.self) }

    /// Whether there are no bytes.
    public var isEmpty: Bool { bytes.isEmpty }
}

extension ByteString: Comparable {
    /// Orders strings by their bytes.
    public static func < (left: ByteString, right: ByteString) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension ByteString: ExpressibleByStringLiteral {
    /// Takes text in UTF-8.
    public init(stringLiteral text: String) {
        self.init(text)
    }
}

extension ByteString: CustomStringConvertible {
    /// The text, with a replacement character for what is not UTF-8.
    public var description: String { String(decoding: bytes, as: UTF8.self) }
}
