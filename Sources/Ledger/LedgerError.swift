/// Why the ledger could not do what was asked.
package struct LedgerError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of failure it was. Errors are equal when their codes are.
    package struct Code: Hashable, Sendable {
        private enum Value: Hashable { case cannotOpen, readOnly, full, busy, corrupt, newerSchema, failed }
        private let value: Value
        private init(_ value: Value) { self.value = value }

        /// The database or its folder cannot be opened or created.
        package static let cannotOpen = Self(.cannotOpen)
        /// The state may be read but not written.
        package static let readOnly = Self(.readOnly)
        /// No space is left.
        package static let full = Self(.full)
        /// Another process held the database for longer than is waited for.
        package static let busy = Self(.busy)
        /// The file is not a database, or a row is not what this program writes.
        package static let corrupt = Self(.corrupt)
        /// A newer version of this program has written the database.
        package static let newerSchema = Self(.newerSchema)
        /// Anything else that the database reported.
        package static let failed = Self(.failed)
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
