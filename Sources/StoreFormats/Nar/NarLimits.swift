/// How much a NAR may hold, beyond what its format says.
public struct NarLimits: Hashable, Sendable {
    /// The deepest nesting of directories. Each level costs an unpacker one open file, of which a process has 1024 by
    /// default; Linux's limit for paths, 4096 bytes, allows 2048 levels with names of one byte.
    public var depth: Int

    /// The most files, links and directories. The largest trees in public caches have less than a million.
    public var entries: Int

    /// The most bytes of the whole archive. Who knows the NAR's size gives it here.
    public var bytes: UInt64

    /// The longest name in bytes: what Linux's file systems take.
    public static let maximumNameLength = 255

    /// The longest target of a link in bytes: what Linux takes, less the zero at its end.
    public static let maximumTargetLength = 4095

    /// The limits that are used where nobody names others.
    public static let standard = NarLimits(depth: 256, entries: 1 << 24, bytes: UInt64(Int64.max))

    /// Creates limits.
    public init(depth: Int = 256, entries: Int = 1 << 24, bytes: UInt64 = UInt64(Int64.max)) {
        self.depth = depth
        self.entries = entries
        self.bytes = bytes
    }
}
