/// Why a command could not do its work: one clear line and the exit status that goes with it.
package struct CommandError: Error, Sendable, CustomStringConvertible {
    package let status: ExitStatus
    package let description: String

    package init(_ status: ExitStatus, _ description: String) {
        self.status = status
        self.description = description
    }
}

/// Exit statuses, the same for every command. Those from 64 up are the ones of sysexits.h.
package enum ExitStatus: Int32, Sendable {
    /// Everything asked about is quorate or self-verifying.
    case ok = 0
    /// Something is short or unclaimed.
    case short = 1
    /// Something is split, in conflict, or different from what is installed.
    case disagreement = 2
    /// The command line cannot be understood.
    case usage = 64
    /// Input or state is not what it should be.
    case badData = 65
    /// A file that was named is not there.
    case noInput = 66
    /// Something that is needed cannot be had, such as a program or an address.
    case unavailable = 69
    /// A file cannot be written.
    case cannotWrite = 73
    /// Another instance has the state.
    case busy = 75
    /// The policy is refused, or there is none.
    case badPolicy = 78
}
