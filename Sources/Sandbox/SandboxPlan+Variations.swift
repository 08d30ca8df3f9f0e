extension SandboxPlan {
    /// Conditions that must not matter to a build, and which can be changed to see whether they do.
    ///
    /// User and host name, umask, environment, build folder and randomised addresses stand in the plan itself.
    package struct Variations: Hashable, Sendable, Codable {
        /// Seconds added to the monotonic clock and to the time since the start of the machine. The time of day is
        /// another clock, which this leaves alone.
        package var monotonicOffset: Int64 = 0
        /// Seconds added to the time of day, of which a program that asks for it is told. The kernel gives files the
        /// true time still; 32-bit programs, and those that count the processor's own clock, see it too.
        package var clockOffset: Int64 = 0
        /// How fast the clocks run that a program reads, as a percentage. Waiting takes as long as ever.
        package var clockPercent: UInt32 = 100
        /// How many processors the builder may use at most; nil is all of the caller's. `/proc/cpuinfo` lists no more.
        package var processors: UInt32?
        /// Whether `uname` tells a release 2.6.x instead of the kernel's own.
        package var showsOldKernel = false
        /// The release of the kernel that `uname` and `/proc` tell, such as `6.1.0`; nil is the true one.
        package var kernelRelease: String?
        /// The version of the kernel that `uname` and `/proc` tell, such as `#1 SMP 2023-05-08`; nil is the true one.
        package var kernelVersion: String?
        /// Whether folders are listed the other way round.
        package var reversesDirectories = false
        /// Features of the processor that `/proc/cpuinfo` does not list. A program which asks the processor itself learns
        /// of them all the same: nothing short of a virtual machine hides them there.
        package var hiddenProcessorFeatures: Set<String> = []

        package init() {}

        /// Whether a thread of ours answers some calls of the builder, which makes those slower.
        var needsAnswers: Bool {
            clockOffset != 0 || clockPercent != 100 || kernelRelease != nil || kernelVersion != nil
                || reversesDirectories
        }

        /// Whether files of `/proc` are replaced.
        var masksFiles: Bool {
            kernelRelease != nil || kernelVersion != nil || !hiddenProcessorFeatures.isEmpty || processors != nil
        }
    }
}
