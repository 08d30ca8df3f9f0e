/// Why something of a log was refused, or could not be done, by this module.
///
/// Two errors are equal when their codes are equal: messages are for people, codes for programs.
package struct TransparencyLogError: Error, Sendable {
    /// What kind of trouble it is.
    package let code: Code

    /// One line: what is wrong, where, and what to do about it where that is known.
    package let message: String

    /// Puts code and words together.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The same error with words in front that name what was read.
    func prefixed(_ words: String) -> TransparencyLogError { TransparencyLogError(code, "\(words): \(message)") }
}

extension TransparencyLogError {
    /// Kinds of trouble. Other parts of the module add theirs in extensions beside what throws them.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private let name: String

        /// A code of its own name.
        package init(_ name: StaticString) {
            self.name = "\(name)"
        }

        /// Text that is no key of signed notes, public or secret.
        package static let key = Self("key")
        /// Bytes that are no signed note, or signatures that no note can carry.
        package static let note = Self("note")
        /// A line under a known key whose signature is wrong: somebody tampers, so nothing of the note counts.
        package static let signature = Self("signature")
        /// The signature that was asked for is not there.
        package static let unsigned = Self("unsigned")
        /// Text that is no checkpoint, or the checkpoint of another log.
        package static let checkpoint = Self("checkpoint")
        /// A Merkle proof that does not prove what it should.
        package static let proof = Self("proof")
        /// Bytes that are no proof file.
        package static let proofFile = Self("proof file")
        /// Bytes that are no tile or no bundle, a tile that is not the tree's, or a path of none.
        package static let tile = Self("tile")
        /// A tile or a bundle that the tree must have is not there.
        package static let missing = Self("missing")
        /// More or longer than this module handles.
        package static let limit = Self("limit")
        /// An index or a size outside the tree.
        package static let range = Self("range")

        package var description: String { name }
    }
}

extension TransparencyLogError: Equatable {
    package static func == (left: TransparencyLogError, right: TransparencyLogError) -> Bool {
        left.code == right.code
    }
}

extension TransparencyLogError: CustomStringConvertible {
    package var description: String { message }
}
