internal import GRDB

/// Why a database could not do what was asked. Who owns the database says it in words of their own.
package struct SQLiteFailure: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it was: all that there are, so that none is left without words.
    package enum Code: Sendable, CaseIterable {
        /// The file cannot be opened or created.
        case cannotOpen
        /// The file may be read but not written.
        case readOnly
        /// No space is left.
        case full
        /// Another process held the database for longer than is waited for.
        case busy
        /// The file is no database, or damaged.
        case corrupt
        /// A newer version of this program has written it.
        case newerSchema
        /// Anything else.
        case failed
    }

    package let code: Code
    /// One plain line: where, and what happened.
    package let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// What opening, reading or writing threw.
    /// - Parameter place: The file.
    package init(_ error: any Error, at place: String) {
        if let failure = error as? SQLiteFailure {
            self = failure
            return
        }
        guard let error = error as? DatabaseError else {
            self.init(.failed, "\(place): \(error)")
            return
        }
        let (code, what): (Code, String) =
            switch error.resultCode {
            case .SQLITE_FULL: (.full, "the disk is full")
            case .SQLITE_READONLY, .SQLITE_PERM: (.readOnly, "cannot be written")
            case .SQLITE_CANTOPEN: (.cannotOpen, "cannot be opened or created; check the folder and its owner")
            case .SQLITE_BUSY, .SQLITE_LOCKED: (.busy, "another process keeps it busy; try again")
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: (.corrupt, "not a database or damaged")
            case .SQLITE_IOERR: (.failed, "the disk reported an error (\(error.extendedResultCode))")
            default: (.failed, error.message ?? error.resultCode.description)
            }
        self.init(code, "\(place): \(what)")
    }

    package var description: String { message }
}
