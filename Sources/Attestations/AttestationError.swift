/// Why bytes were refused, or a statement could not be made, by this module.
///
/// Two errors are equal when their codes are equal: messages are for people, codes for programs.
package struct AttestationError: Error, Sendable {
    /// What kind of thing is wrong.
    package let code: Code

    /// What is wrong, where, and what to do about it where that is known.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The kinds of errors. More may come.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Wrapped: String {
            case json = "JSON that is not canonical"
            case envelope = "not a canonical envelope"
            case signature = "signature does not verify"
            case statement = "not a statement of a known form"
            case limit = "limit exceeded"
            case key = "unusable key"
            case references = "list of references"
            case link = "not a link"
        }

        private let wrapped: Wrapped

        private init(_ wrapped: Wrapped) {
            self.wrapped = wrapped
        }

        /// The code in words.
        package var description: String { wrapped.rawValue }

        /// A JSON text is not in the one canonical form.
        package static let json = Code(.json)
        /// Bytes are no DSSE envelope, or not in the form that logs hold.
        package static let envelope = Code(.envelope)
        /// No signature of the key that is asked for verifies.
        package static let signature = Code(.signature)
        /// A payload is no statement that this module writes, or contradicts itself.
        package static let statement = Code(.statement)
        /// Something is larger or more than a named limit.
        package static let limit = Code(.limit)
        /// A key is no Ed25519 key, or one under which anybody can sign.
        package static let key = Code(.key)
        /// A list of references or inputs is not canonical, missing, or another than the one that was signed.
        package static let references = Code(.references)
        /// Bytes are no link as rebuilderd writes it.
        package static let link = Code(.link)
    }
}

extension AttestationError: Equatable {
    /// Compares codes only.
    package static func == (left: AttestationError, right: AttestationError) -> Bool { left.code == right.code }
}

extension AttestationError: CustomStringConvertible {
    /// The message.
    package var description: String { message }
}
