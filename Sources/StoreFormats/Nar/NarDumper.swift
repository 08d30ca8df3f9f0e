/// Writes the NAR of a file, a symbolic link or a directory tree.
///
/// What a NAR knows is read and nothing else: contents, whether the owner may execute a file, targets of links, names.
/// Links are never followed. Calls block on the file system: keep them off Swift's cooperative threads.
public enum NarDumper {
    /// Writes the NAR of what a path names.
    ///
    /// - Parameters:
    ///   - path: The file, link or directory; the path's own last component is not followed.
    ///   - limits: How deep and how large a tree may be.
    ///   - sink: Gets the pieces of the NAR, valid during the call only: 256 KiB each, less the last one.
    /// - Returns: The size of the NAR in bytes.
    /// - Throws: ``StoreFormatError/Code/fileSystem``, ``StoreFormatError/Code/changedWhileReading``,
    ///   ``StoreFormatError/Code/unsupported`` for sockets, pipes and devices, ``StoreFormatError/Code/limitExceeded``,
    ///   each with the path; and what `sink` throws.
    @discardableResult
    public static func dump(
        _ path: String, limits: NarLimits = .standard, to sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> UInt64 {
        let walk = NarTreeWalk(root: path, limits: limits, output: NarOutput())
        return try walk.run(sink)
    }
}
