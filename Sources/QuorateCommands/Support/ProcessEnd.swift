internal import Glibc

/// How a command that has told everything ends.
enum ProcessEnd {
    /// Ends the process at once.
    ///
    /// Connections, caches and thousands of verdicts would otherwise be taken down one by one, for nobody: the system
    /// does it in one go. What was recorded is on the disk already.
    static func leave(_ status: ExitStatus) -> Never {
        exit(status.rawValue)
    }
}
