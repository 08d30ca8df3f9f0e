internal import CBzip2

/// Reads bzip2.
final class Bzip2Decoder: Codec {
    private let stream: UnsafeMutablePointer<bz_stream>

    let sequence = CodecSequence.restarted

    init() throws(CompressionError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: bz_stream())
        let result = BZ2_bzDecompressInit(stream, 0, 0)
        guard result == BZ_OK else { throw bzip2Error(result) }
    }

    deinit {
        // Answers an error, and does nothing, when there is no stream.
        BZ2_bzDecompressEnd(stream)
        stream.deallocate()
    }

    func step(
        _ input: inout UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, isLast: Bool
    ) throws(CompressionError) -> (written: Int, state: CodecState) {
        let (written, taken, result) = bzip2Run(stream, input, output) { BZ2_bzDecompress($0) }
        input.removeFirst(bytes: taken)
        switch result {
        case BZ_OK: return (written, input.isEmpty && written < output.count ? .needsInput : .hasMore)
        case BZ_STREAM_END: return (written, .ended)
        default: throw bzip2Error(result)
        }
    }

    func restart() throws(CompressionError) {
        BZ2_bzDecompressEnd(stream)
        stream.pointee = bz_stream()
        let result = BZ2_bzDecompressInit(stream, 0, 0)
        guard result == BZ_OK else { throw bzip2Error(result) }
    }
}

/// Writes bzip2.
final class Bzip2Encoder: Codec {
    private let stream: UnsafeMutablePointer<bz_stream>

    let sequence = CodecSequence.single

    init(level: Int) throws(CompressionError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: bz_stream())
        let result = BZ2_bzCompressInit(stream, Int32(level), 0, 0)
        guard result == BZ_OK else { throw bzip2Error(result) }
    }

    deinit {
        BZ2_bzCompressEnd(stream)
        stream.deallocate()
    }

    func step(
        _ input: inout UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, isLast: Bool
    ) throws(CompressionError) -> (written: Int, state: CodecState) {
        let (written, taken, result) = bzip2Run(stream, input, output) {
            BZ2_bzCompress($0, isLast ? BZ_FINISH : BZ_RUN)
        }
        input.removeFirst(bytes: taken)
        switch result {
        case BZ_RUN_OK, BZ_FINISH_OK:
            return (written, input.isEmpty && written < output.count && !isLast ? .needsInput : .hasMore)
        case BZ_STREAM_END: return (written, .ended)
        // Asked to go on without input after everything was written: nothing to do.
        case BZ_PARAM_ERROR where input.isEmpty && !isLast && taken == 0: return (written, .needsInput)
        default: throw bzip2Error(result)
        }
    }

    func restart() {}
}

/// Lends buffers to the library for one call. Its counters have 32 bits, so at most 1 GiB is lent.
private func bzip2Run(
    _ stream: UnsafeMutablePointer<bz_stream>, _ input: UnsafeRawBufferPointer,
    _ output: UnsafeMutableRawBufferPointer, _ body: (UnsafeMutablePointer<bz_stream>) -> Int32
) -> (written: Int, taken: Int, result: Int32) {
    let lent = min(input.count, 1 << 30)
    // The library takes a pointer to bytes that may be written to, and does not write to them.
    stream.pointee.next_in = UnsafeMutableRawPointer(mutating: input.baseAddress)?.assumingMemoryBound(to: CChar.self)
    stream.pointee.avail_in = UInt32(lent)
    stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: CChar.self)
    stream.pointee.avail_out = UInt32(output.count)
    let result = body(stream)
    let taken = lent - Int(stream.pointee.avail_in)
    let written = output.count - Int(stream.pointee.avail_out)
    stream.pointee.next_in = nil
    stream.pointee.avail_in = 0
    stream.pointee.next_out = nil
    stream.pointee.avail_out = 0
    return (written, taken, result)
}

private func bzip2Error(_ result: Int32) -> CompressionError {
    switch result {
    case BZ_MEM_ERROR: CompressionError(.outOfMemory, "bzip2: the system gave no memory")
    case BZ_DATA_ERROR_MAGIC: CompressionError(.corrupt, "bzip2: the file is not in this format")
    default: CompressionError(.corrupt, "bzip2: the file is corrupt (libbz2 says \(result))")
    }
}
