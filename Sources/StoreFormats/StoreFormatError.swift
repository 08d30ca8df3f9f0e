/// Why bytes were refused, or could not be read or written, by this module.
///
/// Two errors are equal when their codes are equal: messages are for people, codes for programs.
public struct StoreFormatError: Error, Sendable {
    /// What kind of trouble it is.
    public var code: Code

    /// One line that says what is wrong, and what to do about it where that is known.
    public var message: String

    /// Where it is, if the trouble has a place.
    public var place: Place?

    /// Creates an error.
    ///
    /// - Parameters:
    ///   - code: The kind of trouble.
    ///   - message: One line for a person.
    ///   - place: Where it was found.
    public init(_ code: Code, _ message: String, at place: Place? = nil) {
        self.code = code
        self.message = message
        self.place = place
    }

    /// The same error with a place, unless it already has one.
    func at(_ place: Place) -> StoreFormatError {
        var copy = self
        copy.place = self.place ?? place
        return copy
    }

    /// The same error with words in front that name what was read.
    func prefixed(_ words: String) -> StoreFormatError {
        var copy = self
        copy.message = "\(words): \(message)"
        return copy
    }
}

extension StoreFormatError {
    /// A place in the input.
    public enum Place: Hashable, Sendable, CustomStringConvertible {
        /// A line, counted from 1.
        case line(Int)
        /// A byte offset, counted from 0.
        case offset(UInt64)
        /// A file, or an entry of an archive.
        case path(String)

        /// The place in words.
        public var description: String {
            switch self {
            case .line(let number): "line \(number)"
            case .offset(let offset): "byte \(offset)"
            case .path(let path): path
            }
        }
    }

    /// The kind of trouble; more kinds may come, so a `switch` over it needs a default.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Wrapped: String {
            case invalidEncoding = "invalid encoding"
            case invalidHash = "invalid hash"
            case invalidStorePath = "invalid store path"
            case wrongStoreDirectory = "wrong store directory"
            case invalidContentAddress = "invalid content address"
            case invalidKey = "invalid key"
            case invalidSignature = "invalid signature"
            case invalidNarInfo = "invalid narinfo"
            case quirkNotAccepted = "quirk not accepted"
            case invalidCacheInfo = "invalid nix-cache-info"
            case invalidNar = "invalid NAR"
            case invalidDerivation = "invalid derivation"
            case unsupportedDerivation = "derivation of a kind that is not supported yet"
            case invalidJSON = "invalid JSON"
            case invalidExport = "invalid export"
            case truncated = "truncated"
            case trailingData = "trailing data"
            case limitExceeded = "limit exceeded"
            case unsupported = "unsupported"
            case fileSystem = "file system"
            case changedWhileReading = "changed while reading"
        }

        private let wrapped: Wrapped

        private init(_ wrapped: Wrapped) {
            self.wrapped = wrapped
        }

        /// The code in words.
        public var description: String { wrapped.rawValue }

        /// Text is not the canonical nix32, base64 or hexadecimal form of any bytes.
        public static let invalidEncoding = Code(.invalidEncoding)
        /// A hash has an unknown algorithm, a wrong length or no known spelling.
        public static let invalidHash = Code(.invalidHash)
        /// A store path, a store path's name or a store directory breaks their rules.
        public static let invalidStorePath = Code(.invalidStorePath)
        /// A well-formed path lies in another store directory than the expected one.
        public static let wrongStoreDirectory = Code(.wrongStoreDirectory)
        /// A content address cannot be read, or cannot make a store path.
        public static let invalidContentAddress = Code(.invalidContentAddress)
        /// A public or secret key cannot be read, or must not be used.
        public static let invalidKey = Code(.invalidKey)
        /// A signature cannot be read.
        public static let invalidSignature = Code(.invalidSignature)
        /// A narinfo breaks its format.
        public static let invalidNarInfo = Code(.invalidNarInfo)
        /// A narinfo has a known quirk which the caller does not accept.
        public static let quirkNotAccepted = Code(.quirkNotAccepted)
        /// A nix-cache-info breaks its format.
        public static let invalidCacheInfo = Code(.invalidCacheInfo)
        /// A NAR breaks its format or is not in canonical form.
        public static let invalidNar = Code(.invalidNar)
        /// A derivation breaks its format, is not in canonical form, or contradicts itself.
        public static let invalidDerivation = Code(.invalidDerivation)
        /// A derivation is of a kind that cannot be worked with yet: outputs whose paths are not known beforehand.
        public static let unsupportedDerivation = Code(.unsupportedDerivation)
        /// A JSON text breaks its format, or is not what was expected.
        public static let invalidJSON = Code(.invalidJSON)
        /// A stream of exported store objects breaks its format or is not in canonical form.
        public static let invalidExport = Code(.invalidExport)
        /// The input ended too early.
        public static let truncated = Code(.truncated)
        /// The input goes on after its end.
        public static let trailingData = Code(.trailingData)
        /// The input is larger, longer or deeper than a named limit.
        public static let limitExceeded = Code(.limitExceeded)
        /// The input is well-formed, but not something this module can work with.
        public static let unsupported = Code(.unsupported)
        /// A call to the file system failed.
        public static let fileSystem = Code(.fileSystem)
        /// A file or directory changed while it was read.
        public static let changedWhileReading = Code(.changedWhileReading)
    }
}

extension StoreFormatError: Equatable {
    /// Compares codes only.
    public static func == (left: StoreFormatError, right: StoreFormatError) -> Bool {
        left.code == right.code
    }
}

extension StoreFormatError: CustomStringConvertible {
    /// The message with its place: a file stands before it, as everywhere, and a place within what was read behind it.
    public var description: String {
        switch place {
        case nil: message
        case .path(let path): "\(path.isEmpty ? "''" : path): \(message)"
        case .some(let place): "\(message) (\(place))"
        }
    }
}
