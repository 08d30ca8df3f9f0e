/// Why the try-out could not go on.
package struct TryError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of trouble; open, so that a new one breaks nobody's switch.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case fileSystem
            case missingTool
            case toolFailed
            case unexpectedOutput
        }

        private let kind: Kind

        /// A file or folder could not be made, read or removed.
        package static let fileSystem = Code(kind: .fileSystem)
        /// A program that the try-out calls is not installed.
        package static let missingTool = Code(kind: .missingTool)
        /// A program ended with an error.
        package static let toolFailed = Code(kind: .toolFailed)
        /// A program printed what this version does not understand.
        package static let unexpectedOutput = Code(kind: .unexpectedOutput)

        package var description: String { kind.rawValue }
    }

    package let code: Code
    /// One line: what went wrong, where, and what to do where that is known.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }

    package static func == (left: Self, right: Self) -> Bool { left.code == right.code }
    package func hash(into hasher: inout Hasher) { hasher.combine(code) }
}
