/// Why a build could not be planned, begun or ended: not why a builder failed, which is a ``BuildFailure``.
package struct BuildingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of failure it was. Errors are equal when their codes are.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case invalidDerivation = "invalid derivation"
            case invalidAttribute = "invalid attribute"
            case notFound = "not found"
            case notSupported = "not supported"
            case sandbox
            case store
            case fileSystem = "file system"
            case fetch
            case limitExceeded = "limit exceeded"
            case cancelled
        }
        private let value: Value
        private init(_ value: Value) { self.value = value }

        package var description: String { value.rawValue }

        /// A derivation breaks its format, or its output paths do not follow from it.
        package static let invalidDerivation = Self(.invalidDerivation)
        /// An attribute of a derivation that steers its build has a value that means nothing.
        package static let invalidAttribute = Self(.invalidAttribute)
        /// A derivation or a store path is in no place that is looked at.
        package static let notFound = Self(.notFound)
        /// Well-formed, but not something this builder can do, or may do on this machine.
        package static let notSupported = Self(.notSupported)
        /// The sandbox could not be set up.
        package static let sandbox = Self(.sandbox)
        /// The store refused something.
        package static let store = Self(.store)
        /// A file operation failed.
        package static let fileSystem = Self(.fileSystem)
        /// Something could not be fetched.
        package static let fetch = Self(.fetch)
        /// Larger, longer or deeper than a named limit.
        package static let limitExceeded = Self(.limitExceeded)
        /// The task was cancelled.
        package static let cancelled = Self(.cancelled)
    }

    package let code: Code
    /// One clear line: what happened, where, what to do.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package static func == (left: Self, right: Self) -> Bool { left.code == right.code }

    package var description: String { message }
}
