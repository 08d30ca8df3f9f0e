/// Who is told what a NAR holds, while it is parsed.
///
/// The root has an empty name. Names are checked: no `.`, no `..`, no slash, no zero byte; in each directory sorted, each
/// once. They are bytes, which need not be UTF-8.
public protocol NarReceiver {
    /// A directory begins; what follows lies in it, up to the matching ``endDirectory()``.
    mutating func beginDirectory(name: [UInt8]) throws

    /// The innermost open directory ends.
    mutating func endDirectory() throws

    /// A symbolic link. Its target is not empty and has no zero byte; nothing else is checked.
    mutating func symbolicLink(name: [UInt8], target: [UInt8]) throws

    /// A file begins; `size` bytes of contents follow, then ``endFile()``.
    mutating func beginFile(name: [UInt8], isExecutable: Bool, size: UInt64) throws

    /// The next piece of the open file: a part of what was pushed into the parser, not copied, valid during the call.
    mutating func fileContents(_ bytes: UnsafeRawBufferPointer) throws

    /// The open file ends.
    mutating func endFile() throws
}

/// A receiver that does nothing, for checking that a NAR is in canonical form.
public struct NarIgnorer: NarReceiver {
    /// Creates the receiver.
    public init() {}

    /// Does nothing.
    public mutating func beginDirectory(name: [UInt8]) {}

    /// Does nothing.
    public mutating func endDirectory() {}

    /// Does nothing.
    public mutating func symbolicLink(name: [UInt8], target: [UInt8]) {}

    /// Does nothing.
    public mutating func beginFile(name: [UInt8], isExecutable: Bool, size: UInt64) {}

    /// Does nothing.
    public mutating func fileContents(_ bytes: UnsafeRawBufferPointer) {}

    /// Does nothing.
    public mutating func endFile() {}
}
