internal import StoreFormats

/// Why bytes were refused, or could not be made, by this module.
///
/// Two errors are equal when their codes are equal: messages are for people, codes for programs.
package struct GuixFormatError: Error, Sendable {
    /// What kind of trouble it is.
    package var code: Code

    /// One line that says what is wrong, and what to do about it where that is known.
    package var message: String

    /// Where it is, if the trouble has a place.
    package var place: Place?

    /// Creates an error.
    package init(_ code: Code, _ message: String, at place: Place? = nil) {
        self.code = code
        self.message = message
        self.place = place
    }

    /// The same trouble as this module tells it.
    init(_ error: StoreFormatError, _ code: Code) {
        let place: Place? =
            switch error.place {
            case .line(let number): .line(number)
            case .offset(let offset): .offset(Int(clamping: offset))
            case .path, nil: nil
            }
        let own: Code =
            switch error.code {
            case .limitExceeded: .limitExceeded
            case .wrongStoreDirectory: .wrongStoreDirectory
            default: code
            }
        self.init(own, error.message, at: place)
    }

    /// The same error with a place, unless it already has one.
    func at(_ place: Place) -> GuixFormatError {
        var copy = self
        copy.place = self.place ?? place
        return copy
    }

    /// The same error with words in front that name what was read.
    func prefixed(_ words: String) -> GuixFormatError {
        var copy = self
        copy.message = "\(words): \(message)"
        return copy
    }
}

extension GuixFormatError {
    /// A place in the input.
    package enum Place: Hashable, Sendable, CustomStringConvertible {
        /// A line, counted from 1.
        case line(Int)
        /// A byte offset, counted from 0.
        case offset(Int)

        /// The place in words.
        package var description: String {
            switch self {
            case .line(let number): "line \(number)"
            case .offset(let offset): "byte \(offset)"
            }
        }
    }

    /// The kind of trouble; more kinds may come, so a `switch` over it needs a default.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Wrapped: String {
            case invalidExpression = "invalid s-expression"
            case invalidKey = "invalid key"
            case invalidSignature = "invalid signature"
            case invalidAccessList = "invalid access list"
            case invalidNarInfo = "invalid narinfo"
            case quirkNotAccepted = "quirk not accepted"
            case wrongStoreDirectory = "wrong store directory"
            case signedDownloads = "signed downloads"
            case limitExceeded = "limit exceeded"
            case library = "libgcrypt"
        }

        private let wrapped: Wrapped

        private init(_ wrapped: Wrapped) {
            self.wrapped = wrapped
        }

        /// The code in words.
        package var description: String { wrapped.rawValue }

        /// Text is no s-expression, or none in a form that is taken.
        package static let invalidExpression = Code(.invalidExpression)
        /// A public or secret key cannot be read, or must not be used.
        package static let invalidKey = Code(.invalidKey)
        /// A signature cannot be read.
        package static let invalidSignature = Code(.invalidSignature)
        /// An access list breaks its format.
        package static let invalidAccessList = Code(.invalidAccessList)
        /// A narinfo breaks its format.
        package static let invalidNarInfo = Code(.invalidNarInfo)
        /// A narinfo has a known quirk which the caller does not accept.
        package static let quirkNotAccepted = Code(.quirkNotAccepted)
        /// A well-formed path lies in another store directory than the expected one.
        package static let wrongStoreDirectory = Code(.wrongStoreDirectory)
        /// The downloads of a narinfo are signed, so they cannot be replaced.
        package static let signedDownloads = Code(.signedDownloads)
        /// The input is larger, longer or deeper than a named limit.
        package static let limitExceeded = Code(.limitExceeded)
        /// libgcrypt cannot do what it was asked, or is too old.
        package static let library = Code(.library)
    }
}

extension GuixFormatError: Equatable {
    /// Compares codes only.
    package static func == (left: GuixFormatError, right: GuixFormatError) -> Bool {
        left.code == right.code
    }
}

extension GuixFormatError: CustomStringConvertible {
    /// The message, with its place behind it.
    package var description: String {
        guard let place else { return message }
        return "\(message) (\(place))"
    }
}
