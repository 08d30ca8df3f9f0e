package import DurableFiles
internal import Glibc
package import StoreFormats

/// Why a store could not do what was asked.
package struct LocalStoreError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of failure it was. Errors are equal when their codes are.
    package struct Code: Hashable, Sendable {
        private enum Value: Hashable {
            case cannotOpen, readOnly, full, busy, corrupt, newerSchema, notValid, invalidReference, cycle, mismatch
            case unsupportedFile, foreignOwner, changed, limitExceeded, alive, invalidFormat, fileSystem, cancelled
            case failed
        }
        private let value: Value
        private init(_ value: Value) { self.value = value }

        /// The store's folder or database cannot be opened or created.
        package static let cannotOpen = Self(.cannotOpen)
        /// The store may be read but not written.
        package static let readOnly = Self(.readOnly)
        /// No space is left.
        package static let full = Self(.full)
        /// Another process held the database for longer than is waited for.
        package static let busy = Self(.busy)
        /// The database is none, or a row is not what this program writes.
        package static let corrupt = Self(.corrupt)
        /// A newer version of this program has written the database.
        package static let newerSchema = Self(.newerSchema)
        /// The store does not have the path.
        package static let notValid = Self(.notValid)
        /// A path refers to one that the store does not have, or to one of another store directory.
        package static let invalidReference = Self(.invalidReference)
        /// Paths that are registered together refer to each other in a circle.
        package static let cycle = Self(.cycle)
        /// Contents have not the hash, the size or the path that was promised.
        package static let mismatch = Self(.mismatch)
        /// A device, a socket or a pipe, which no store path may hold.
        package static let unsupportedFile = Self(.unsupportedFile)
        /// A file that belongs to somebody other than the builder.
        package static let foreignOwner = Self(.foreignOwner)
        /// A tree changed while it was read.
        package static let changed = Self(.changed)
        /// More than is taken: depth, entries, bytes.
        package static let limitExceeded = Self(.limitExceeded)
        /// The path is rooted, in use, or referred to by another.
        package static let alive = Self(.alive)
        /// Bytes that are no NAR or no export.
        package static let invalidFormat = Self(.invalidFormat)
        /// Any other refusal of the file system.
        package static let fileSystem = Self(.fileSystem)
        /// The task was cancelled while it waited.
        package static let cancelled = Self(.cancelled)
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

extension LocalStoreError {
    /// A refusal of the system: what could not be done, with what, and the error number.
    package static func system(_ path: String, _ what: String, code: Int32 = errno) -> LocalStoreError {
        let kind: Code =
            switch code {
            case ENOSPC, EDQUOT: .full
            case EROFS: .readOnly
            default: .fileSystem
            }
        let advice = kind == .full ? "; free space and try again, the store is as it was" : ""
        return LocalStoreError(kind, "\(path): \(what): \(String(cString: strerror(code)))\(advice)")
    }

    package init(_ failure: FileFailure) {
        self = .system(failure.path, failure.what, code: failure.code)
    }

    /// What a format's reader or writer reported.
    package init(_ error: StoreFormatError) {
        let code: Code =
            switch error.code {
            case .fileSystem: .fileSystem
            case .changedWhileReading: .changed
            case .unsupported: .unsupportedFile
            case .limitExceeded: .limitExceeded
            default: .invalidFormat
            }
        self.init(code, "\(error)")
    }

    /// Any error, as one of ours.
    package init(any error: any Error) {
        switch error {
        case let error as LocalStoreError: self = error
        case let error as StoreFormatError: self.init(error)
        case let error as FileFailure: self.init(error)
        default: self.init(.failed, "\(error)")
        }
    }
}
