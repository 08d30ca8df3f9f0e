internal import CLZ4

/// Reads LZ4 frames, of which a file may have several. The format from before frames is refused, as the library does.
final class LZ4Decoder: Codec {
    private let context: OpaquePointer

    let sequence = CodecSequence.restarted

    init() throws(CompressionError) {
        var context: OpaquePointer?
        // With the version that this was compiled against, a library of another one refuses.
        guard LZ4F_isError(LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))) == 0, let context else {
            throw CompressionError(.outOfMemory, "lz4: the system gave no memory")
        }
        self.context = context
    }

    deinit {
        LZ4F_freeDecompressionContext(context)
    }

    func step(
        _ input: inout UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, isLast: Bool
    ) throws(CompressionError) -> (written: Int, state: CodecState) {
        var written = output.count
        var read = input.count
        let hint = LZ4F_decompress(context, output.baseAddress, &written, input.baseAddress, &read, nil)
        guard LZ4F_isError(hint) == 0 else {
            throw CompressionError(.corrupt, "lz4: \(String(cString: LZ4F_getErrorName(hint)))")
        }
        input.removeFirst(bytes: read)
        if hint == 0 { return (written, .ended) }
        return (written, input.isEmpty && written < output.count ? .needsInput : .hasMore)
    }

    /// The library begins the next frame by itself.
    func restart() {}
}
