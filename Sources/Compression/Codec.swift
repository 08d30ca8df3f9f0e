/// One C library at work on one stream. The shells around it are ``Decompressor`` and ``Compressor``.
protocol Codec: AnyObject {
    /// Works on some input until it is used up, the output is full, or a stream ends.
    ///
    /// - Parameters:
    ///   - input: What is to be read; what was read is taken off its front.
    ///   - output: Where to write.
    ///   - isLast: Whether nothing follows `input`.
    /// - Returns: How many bytes were written, and how to go on.
    func step(
        _ input: inout UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, isLast: Bool
    ) throws(CompressionError) -> (written: Int, state: CodecState)

    /// Makes ready for another stream right behind the one that ended. Never called on compressors.
    func restart() throws(CompressionError)

    /// How streams may follow each other in one file.
    var sequence: CodecSequence { get }
}

/// How to go on after a step.
enum CodecState {
    /// All input is used up, and nothing more can be written without more.
    case needsInput
    /// There is more to write, or more to read.
    case hasMore
    /// The stream ended.
    case ended
}

/// How streams may follow each other in one file.
enum CodecSequence {
    /// Not at all.
    case single
    /// Directly; the shell calls `restart()`.
    case restarted
    /// The library reads all of them, and ends only when it is told that nothing follows.
    case byLibrary
}

extension UnsafeRawBufferPointer {
    /// Takes bytes off the front.
    mutating func removeFirst(bytes count: Int) {
        self = UnsafeRawBufferPointer(rebasing: self[count...])
    }

    /// The same bytes for C functions that want their own type of byte.
    var chars: UnsafePointer<UInt8>? { baseAddress?.assumingMemoryBound(to: UInt8.self) }
}

extension UnsafeMutableRawBufferPointer {
    /// The same bytes for C functions that want their own type of byte.
    var chars: UnsafeMutablePointer<UInt8>? { baseAddress?.assumingMemoryBound(to: UInt8.self) }
}
