/// How a builder ended.
package enum SandboxOutcome: Hashable, Sendable {
    /// By itself, with this status.
    case exited(Int32)
    /// By a signal that was not ours.
    case signalled(Int32)
    /// It took longer than ``SandboxPlan/Limits/seconds``.
    case timedOut
    /// It wrote nothing for ``SandboxPlan/Limits/silentSeconds``.
    case silentTooLong
    /// It wrote more than ``SandboxPlan/Limits/logBytes``.
    case logTooLarge
    /// The kernel killed some of it at ``SandboxPlan/Limits/memoryBytes``, however the rest of it ended.
    case outOfMemory
    /// The task that ran it was cancelled.
    case cancelled
}

/// A build that is over: no process of it is left.
package struct SandboxResult: Hashable, Sendable {
    package let outcome: SandboxOutcome
    /// Processor time of all its processes.
    package let userSeconds: Double
    package let systemSeconds: Double
    /// Time from the start to the end, in seconds.
    package let wallSeconds: Double
    /// The most memory used at a time: by the whole build where a control group limited it, else by its largest process.
    /// Nil where that is not known, because the builder stayed below the size that its caller had at the start.
    package let peakMemoryBytes: UInt64?
    /// How much the builder wrote.
    package let outputBytes: UInt64
    /// What the plan asks for and this system could not do.
    package let unenforced: [Unenforced]

    /// Something that a build goes without.
    package enum Unenforced: Hashable, Sendable {
        /// The limit of memory: no control group can be made by this user.
        case memoryLimit
        /// The variation of the clocks: the memory of some program could not be changed, and it saw the true time.
        case clocks
    }
}
