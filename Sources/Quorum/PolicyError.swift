/// Why a policy was refused. Two errors are equal when their codes are.
public struct PolicyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of a refusal; more kinds may come.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case limit, encoding, character, unfinished, unknownWord, syntax, name, nameTaken, undefined, memberTwice
            case twoGroups, mixedKinds, key, keyTaken, gatewayKey, address, pattern, time, threshold, contradictable
            case repeated, exception, distribution
        }

        private let kind: Kind

        private init(_ kind: Kind) { self.kind = kind }

        /// The code's name.
        public var description: String { kind.rawValue }

        /// A limit of ``PolicyLimits`` is exceeded.
        public static let limit = Code(.limit)
        /// The file is not UTF-8.
        public static let encoding = Code(.encoding)
        /// A control character, carriage return, NUL, or a character that cannot be seen.
        public static let character = Code(.character)
        /// The last line does not end: the file may be cut off.
        public static let unfinished = Code(.unfinished)
        /// A line starts with a word that no statement has.
        public static let unknownWord = Code(.unknownWord)
        /// A statement lacks a part, or has one too many or in the wrong place.
        public static let syntax = Code(.syntax)
        /// A name that cannot be one.
        public static let name = Code(.name)
        /// A name is defined twice.
        public static let nameTaken = Code(.nameTaken)
        /// A name is used before it is defined.
        public static let undefined = Code(.undefined)
        /// A name stands twice in one group or party.
        public static let memberTwice = Code(.memberTwice)
        /// A name would count in two places: two groups, two parties, or a party and a group.
        public static let twoGroups = Code(.twoGroups)
        /// Builders, witnesses and signers are mixed.
        public static let mixedKinds = Code(.mixedKinds)
        /// A key that cannot be read or that nobody should trust.
        public static let key = Code(.key)
        /// One raw key stands in two places.
        public static let keyTaken = Code(.keyTaken)
        /// A gateway's key: it signs what others built.
        public static let gatewayKey = Code(.gatewayKey)
        /// A URL that cannot be read.
        public static let address = Code(.address)
        /// A pattern or a store path that cannot be read.
        public static let pattern = Code(.pattern)
        /// A moment that cannot be read.
        public static let time = Code(.time)
        /// A number of votes or a version that cannot be read, is 0, or is larger than the group.
        public static let threshold = Code(.threshold)
        /// Two disjoint sets of parties could both meet a group.
        public static let contradictable = Code(.contradictable)
        /// A statement that may stand once stands twice.
        public static let repeated = Code(.repeated)
        /// An exception that lowers nothing.
        public static let exception = Code(.exception)
        /// A distributed policy's parts do not fit together.
        public static let distribution = Code(.distribution)
    }

    /// The kind of the refusal.
    public let code: Code
    /// The line, from 1; 0 when the whole file is meant.
    public let line: Int
    /// What is wrong and what to do, in one line without control characters.
    public let message: String

    /// A refusal.
    /// - Parameters:
    ///   - line: From 1; 0 when the whole file is meant.
    ///   - message: One line without control characters.
    package init(code: Code, line: Int, message: String) {
        self.code = code
        self.line = line
        self.message = message
    }

    /// The message with the line before it.
    public var description: String { line == 0 ? "policy: \(message)" : "policy line \(line): \(message)" }

    /// By code only.
    public static func == (left: PolicyError, right: PolicyError) -> Bool { left.code == right.code }

    /// By code only.
    public func hash(into hasher: inout Hasher) { hasher.combine(code) }
}

/// A refusal that does not know yet on which line it stands.
struct Refusal: Error {
    let code: PolicyError.Code
    let message: String

    init(_ code: PolicyError.Code, _ message: String) {
        self.code = code
        self.message = message
    }

    func at(_ line: Int) -> PolicyError { PolicyError(code: code, line: line, message: message) }
}
