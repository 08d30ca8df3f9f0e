package import TransparencyLog

extension CommandError {
    /// Trouble with a log, with its exit status.
    package init(log error: TransparencyLogError) {
        let status: ExitStatus =
            switch error.code {
            case .busy: .busy
            case .full, .unavailable: .unavailable
            case .file: .cannotWrite
            default: .badData
            }
        self.init(status, error.message)
    }
}
