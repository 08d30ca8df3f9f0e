internal import ArgumentParser
package import Building
internal import ClaimSources
internal import Compression
internal import DurableFiles
internal import Glibc
internal import Ledger
package import LocalStore
package import StoreFormats
internal import TransparencyLog

/// The one place where the modules' errors get their exit statuses.
extension CommandError {
    package init(_ error: LocalStoreError) {
        let status: ExitStatus =
            switch error.code {
            case .cannotOpen, .readOnly, .full, .fileSystem: .cannotWrite
            case .busy: .busy
            case .notValid: .noInput
            default: .badData
            }
        self.init(status, error.message)
    }

    package init(_ error: StoreFormatError) {
        self.init(error.code == .fileSystem ? .noInput : .badData, "\(error)")
    }

    package init(_ error: BuildingError) {
        let status: ExitStatus =
            switch error.code {
            case .notFound: .noInput
            case .sandbox, .fetch: .unavailable
            case .fileSystem, .store: .cannotWrite
            default: .badData
            }
        self.init(status, error.message)
    }

    /// Why a server does not serve, or no longer.
    package init(serving error: any Error, on address: String) {
        let words =
            NetworkWords.isAddressInUse(error)
            ? "the address is in use; choose another with --listen" : NetworkWords.of(error)
        self.init(.unavailable, "cannot serve on \(address): \(words)")
    }

    /// Any error that a command may meet, as one line with its status.
    package init(trouble error: any Error) {
        switch error {
        case let error as CommandError: self = error
        case let error as LocalStoreError: self.init(error)
        case let error as StoreFormatError: self.init(error)
        case let error as BuildingError: self.init(error)
        case let error as LedgerError: self.init(error.code == .busy ? .busy : .cannotWrite, error.message)
        case let error as TransparencyLogError: self.init(log: error)
        case let error as SourceTrouble: self.init(.unavailable, error.message)
        case let error as FileFailure:
            let isMissing = [ENOENT, ENOTDIR, EACCES].contains(error.code)
            self.init(isMissing ? .noInput : .cannotWrite, "\(error)")
        case let error as CompressionError: self.init(.badData, "\(error)")
        default: self.init(.badData, "\(error)")
        }
    }

    /// Runs the work of a command; what goes wrong in it comes out as a ``CommandError``.
    static func translating<Value>(
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await body()
        } catch let error as CancellationError {
            throw error
        } catch let error as TerminalError {
            throw error
        } catch let status as ExitCode {
            throw status
        } catch {
            throw CommandError(trouble: error)
        }
    }
}
