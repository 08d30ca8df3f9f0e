package import LocalStore
package import StoreFormats

/// What came of building a derivation again, whether or not its outputs were there: nothing of it is registered.
package struct RebuildResult: Sendable {
    /// The derivation.
    package let derivation: StorePath
    /// How it ended.
    package let outcome: Outcome
    /// What it took; nil when the builder was not started.
    package let measures: BuildMeasures?
    /// The paths that the derivation names as its inputs, with what they were in this build, sorted by path.
    package let inputs: [PathInfo]
    /// Holds the outputs: they are gone when the last copy of this value is.
    package let folder: StagingFolder?

    /// How a rebuild ended.
    package enum Outcome: Sendable, Hashable {
        /// All outputs were made, and meet what the derivation demands.
        case finished([String: RebuiltOutput])
        /// The builder failed, or what it made does not meet the derivation's demands.
        case failed(BuildFailure)
    }
}

/// An output that was made again.
package struct RebuiltOutput: Sendable, Hashable {
    /// Its store path.
    package let path: StorePath
    package let narHash: NarHash
    /// Bytes of the NAR.
    package let narSize: UInt64
    /// Sorted; may hold the path itself.
    package let references: [StorePath]
    /// Where the contents are, with canonical metadata.
    package let physicalPath: String
}
