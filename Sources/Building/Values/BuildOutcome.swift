package import LocalStore

/// How the build of one derivation ended.
package enum BuildOutcome: Sendable, Hashable {
    /// Its outputs are valid in the store.
    case built(BuildResult)

    /// Its outputs were there when its turn came: another process had made them.
    case alreadyValid([String: PathInfo])

    /// It has no outputs.
    case failed(BuildFailure, BuildMeasures?)
}

/// What a build that ended well left behind.
package struct BuildResult: Sendable, Hashable {
    /// The outputs by their names.
    package let outputs: [String: PathInfo]

    /// What it took.
    package let measures: BuildMeasures

    package init(outputs: [String: PathInfo], measures: BuildMeasures) {
        self.outputs = outputs
        self.measures = measures
    }
}

/// What a build took.
package struct BuildMeasures: Sendable, Hashable {
    /// Seconds since 1970 when the builder was started.
    package var startedAt: Int64 = 0
    /// From the start of the builder to the end of its last process.
    package var wall: Duration = .zero
    /// Processor time of all its processes.
    package var processor: Duration = .zero
    /// The most memory in use, in bytes; nil where the system does not tell.
    package var peakMemory: UInt64?
    /// Bytes of its log, uncompressed.
    package var logBytes: UInt64 = 0
    /// Whether one of its programs saw the true time although another one was to be shown.
    package var sawTrueTime = false

    package init() {}
}
