/// How much a stream may ask of the one who decompresses it.
package struct DecompressionLimits: Hashable, Sendable {
    /// The most bytes of output. A bomb of any ratio stops there.
    package var outputBytes: UInt64

    /// The most bytes of memory for the window and the tables of a decoder.
    ///
    /// xz honours it to the byte. Zstandard's window, which is nearly all it needs, is at most the largest power of two
    /// in it. bzip2 (4 MiB), gzip (64 KiB), LZ4 (about 8 MiB) and Brotli (about 20 MiB) are bounded by
    /// their formats.
    package var memoryBytes: UInt64

    /// The most streams in one file. Parallel compressors write one for each 100 KB to some MB of content; but an empty
    /// stream of 14 bytes costs its reader as much work as a long one to begin.
    package var streams: Int

    /// Enough for xz at its highest preset (65 MiB) and Zstandard's `--long` (128 MiB).
    package static let standardMemoryBytes: UInt64 = 256 << 20

    /// Creates limits.
    package init(
        outputBytes: UInt64, memoryBytes: UInt64 = DecompressionLimits.standardMemoryBytes, streams: Int = 1 << 20
    ) {
        self.outputBytes = outputBytes
        self.memoryBytes = memoryBytes
        self.streams = streams
    }
}
