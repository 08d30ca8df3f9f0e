internal import Compression
package import StoreFormats

/// How a store is published.
package struct PublishOptions: Sendable {
    /// How NARs are compressed: `none`, `zstd`, `xz`, or another format that can be written.
    package var compression: NarInfo.Compression
    /// The format's level, nil for its standard.
    package var level: Int?
    /// Whether the key also signs what this store did not build.
    package var signsAll: Bool
    /// Whether each path gets a listing of its files, `<hash part>.ls`.
    package var writesListings: Bool
    /// The folder of build logs, nil when none are published.
    package var logFolder: String?
    /// How early clients ask this cache: lower numbers before higher ones. cache.nixos.org says 40.
    package var priority: Int
    /// How many paths are compressed at a time.
    package var jobs: Int

    package init(
        compression: NarInfo.Compression = .zstd, level: Int? = nil, signsAll: Bool = false,
        writesListings: Bool = true, logFolder: String? = nil, priority: Int = 40, jobs: Int = 1
    ) {
        self.compression = compression
        self.level = level
        self.signsAll = signsAll
        self.writesListings = writesListings
        self.logFolder = logFolder
        self.priority = priority
        self.jobs = jobs
    }

    /// Refuses a level that a format does not have.
    func checkLevel(of format: CompressionFormat) throws(CommandError) {
        guard let level, !format.levels.contains(level) else { return }
        throw CommandError(
            .usage, "level \(level): \(format) has \(format.levels.lowerBound) to \(format.levels.upperBound)")
    }
}

/// What publishing did.
package struct PublishReport: Sendable, Hashable {
    /// Paths that the cache has now and had not before, references before those who refer to them.
    package var published: [StorePath] = []
    /// Paths that were there already, with the same contents.
    package var alreadyThere: [StorePath] = []
    /// Paths that carry no signature of the key, because this store did not build them; without a key, those that carry
    /// none at all.
    package var unsigned: [StorePath] = []
    /// Paths that are there with other contents than this store has. They were left alone.
    package var differing: [StorePath] = []
    /// Paths that the key would sign and somebody else has signed, where there is room for one signature.
    package var signedByOthers: [StorePath] = []
    /// Bytes of the NARs that are new.
    package var narBytes: UInt64 = 0
    /// Bytes of the files that they are kept in.
    package var fileBytes: UInt64 = 0
}
