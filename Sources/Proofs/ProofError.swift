/// Why a proof file cannot be read or made.
///
/// Two errors are equal when their codes are equal: messages are for people, codes for programs.
package struct ProofError: Error, Sendable {
    /// What kind of thing is wrong.
    package let code: Code

    /// What is wrong, and where.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The kinds of errors. More may come.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Wrapped: String {
            case container = "not a proof file"
            case evidence = "evidence that cannot be read"
            case limit = "limit exceeded"
        }

        private let wrapped: Wrapped

        private init(_ wrapped: Wrapped) {
            self.wrapped = wrapped
        }

        /// The code in words.
        package var description: String { wrapped.rawValue }

        /// The file is not in the one form of proof files.
        package static let container = Code(.container)
        /// A section does not hold what its heading says.
        package static let evidence = Code(.evidence)
        /// Something is larger or more than a named limit.
        package static let limit = Code(.limit)
    }
}

extension ProofError: Equatable {
    /// Compares codes only.
    package static func == (left: ProofError, right: ProofError) -> Bool { left.code == right.code }
}

extension ProofError: CustomStringConvertible {
    /// The message.
    package var description: String { message }
}
