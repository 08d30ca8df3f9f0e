/// How text looks where colour is wanted; elsewhere it is not seen, so it never carries meaning alone.
package struct Style: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    package static let bold = Style(rawValue: 1 << 0)
    package static let dim = Style(rawValue: 1 << 1)
    package static let red = Style(rawValue: 1 << 2)
    package static let green = Style(rawValue: 1 << 3)
    package static let yellow = Style(rawValue: 1 << 4)
    package static let cyan = Style(rawValue: 1 << 5)

    private static let codes: [(Style, String)] = [
        (.bold, "1"), (.dim, "2"), (.red, "31"), (.green, "32"), (.yellow, "33"), (.cyan, "36"),
    ]

    /// The sequence that switches it on (ECMA-48, SGR), nil for plain text.
    var escape: String? {
        guard !isEmpty else { return nil }
        return "\u{1b}[" + Self.codes.filter { contains($0.0) }.map(\.1).joined(separator: ";") + "m"
    }

    /// Back to plain text.
    static let reset = "\u{1b}[0m"
}
