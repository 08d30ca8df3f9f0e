/// A pattern for package names or whole store paths: `*` stands for any characters, `?` for any one, all else for itself.
public struct GlobPattern: Hashable, Sendable, CustomStringConvertible {
    /// The pattern as written.
    public let text: String

    private let bytes: [UInt8]

    /// Nil unless the text has 1 to ``PolicyLimits/patternBytes`` bytes, only characters of store paths and Debian
    /// names besides the wildcards, at least one letter or digit (a pattern names packages), and no two stars in a row.
    public init?(_ text: String) {
        bytes = Array(text.utf8)
        guard bytes.count <= PolicyLimits.patternBytes, bytes.allSatisfy(Self.isAllowed),
            bytes.contains(where: Self.isLetterOrDigit),
            !zip(bytes, bytes.dropFirst()).contains(where: { $0 == Self.star && $1 == Self.star })
        else { return nil }
        self.text = text
    }

    /// The same as ``text``.
    public var description: String { text }

    /// Whether the pattern has a slash, so that it is meant for whole store paths.
    public var isForWholePaths: Bool { bytes.contains(UInt8(ascii: "/")) }

    /// Whether the pattern covers the whole of the name. Stars match slashes too.
    public func matches(_ name: String) -> Bool {
        var name = name
        return name.withUTF8 { matches($0) }
    }

    /// On a mismatch only the last star is tried with one character more: earlier ones cannot help, so the work is at
    /// most the product of the lengths and nothing recurses.
    private func matches(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        var position = 0
        var patternPosition = 0
        var lastStar: (pattern: Int, name: Int)?
        while position < name.count {
            if patternPosition < bytes.count, bytes[patternPosition] == Self.star {
                lastStar = (patternPosition, position)
                patternPosition += 1
            } else if patternPosition < bytes.count,
                bytes[patternPosition] == Self.anyOne || bytes[patternPosition] == name[position]
            {
                patternPosition += 1
                position += 1
            } else if let star = lastStar {
                patternPosition = star.pattern + 1
                position = star.name + 1
                lastStar = (star.pattern, position)
            } else {
                return false
            }
        }
        return bytes[patternPosition...].allSatisfy { $0 == Self.star }
    }

    private static let star = UInt8(ascii: "*")
    private static let anyOne = UInt8(ascii: "?")

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            return true
        default: return false
        }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || "+-._?=*/~:".utf8.contains(byte)
    }
}
