/// Why a source gave no usable answer. For the tally it is silence; for people it is the reason.
package struct SourceTrouble: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of trouble it was; two troubles are compared by kind and text.
    package struct Kind: Hashable, Sendable {
        private enum Value: Hashable {
            case unreachable, timeout, closedEarly, status, redirect, tooLarge, malformed, backingOff, unusable
        }
        private let value: Value
        private init(_ value: Value) { self.value = value }

        /// No connection: refused, no route, no such name, TLS failure.
        package static let unreachable = Self(.unreachable)
        /// The deadline passed first, whether before the answer or within it.
        package static let timeout = Self(.timeout)
        /// The connection ended before the answer did.
        package static let closedEarly = Self(.closedEarly)
        /// An HTTP status that is neither an answer nor "not here".
        package static let status = Self(.status)
        /// The server points elsewhere where that is not followed, or in circles.
        package static let redirect = Self(.redirect)
        /// The answer exceeds its limit.
        package static let tooLarge = Self(.tooLarge)
        /// What came back is not the protocol.
        package static let malformed = Self(.malformed)
        /// Not asked: the source failed lately and its pause is not over.
        package static let backingOff = Self(.backingOff)
        /// The source itself cannot be used, for example because it serves another store.
        package static let unusable = Self(.unusable)
    }

    /// What kind of trouble it was.
    package let kind: Kind
    /// One clear line: what happened and where.
    package let message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package var description: String { message }
}
