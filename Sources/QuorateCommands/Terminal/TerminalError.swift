/// What went wrong with the program's own output.
package struct TerminalError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of trouble; open, so that a new one breaks nobody's switch.
    package struct Code: Sendable, Hashable {
        private enum Kind { case outputFailed }

        private let kind: Kind

        /// Standard output took not all of what was written, so what is there is not to be relied on.
        package static let outputFailed = Code(kind: .outputFailed)
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }

    package static func == (left: Self, right: Self) -> Bool { left.code == right.code }
    package func hash(into hasher: inout Hasher) { hasher.combine(code) }
}
