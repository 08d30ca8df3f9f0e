internal import CZlib

/// Reads gzip.
final class GzipDecoder: Codec {
    private let stream: UnsafeMutablePointer<z_stream>

    let sequence = CodecSequence.restarted

    init() throws(CompressionError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let result = quorate_gzip_decoder(stream)
        guard result == Z_OK else { throw gzipError(result) }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    func step(
        _ input: inout UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, isLast: Bool
    ) throws(CompressionError) -> (written: Int, state: CodecState) {
        let (written, taken, result) = gzipRun(stream, input, output) { inflate($0, Z_NO_FLUSH) }
        input.removeFirst(bytes: taken)
        switch result {
        case Z_OK: return (written, input.isEmpty && written < output.count ? .needsInput : .hasMore)
        case Z_STREAM_END: return (written, .ended)
        case Z_BUF_ERROR where input.isEmpty: return (written, .needsInput)
        default: throw gzipError(result)
        }
    }

    func restart() throws(CompressionError) {
        let result = inflateReset(stream)
        guard result == Z_OK else { throw gzipError(result) }
    }
}

/// Writes gzip, without a name and a time, so that equal content gives equal bytes.
final class GzipEncoder: Codec {
    private let stream: UnsafeMutablePointer<z_stream>

    let sequence = CodecSequence.single

    init(level: Int) throws(CompressionError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let result = quorate_gzip_encoder(stream, Int32(level))
        guard result == Z_OK else { throw gzipError(result) }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    func step(
        _ input: inout UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, isLast: Bool
    ) throws(CompressionError) -> (written: Int, state: CodecState) {
        let (written, taken, result) = gzipRun(stream, input, output) { deflate($0, isLast ? Z_FINISH : Z_NO_FLUSH) }
        input.removeFirst(bytes: taken)
        switch result {
        case Z_OK: return (written, input.isEmpty && written < output.count && !isLast ? .needsInput : .hasMore)
        case Z_STREAM_END: return (written, .ended)
        case Z_BUF_ERROR where input.isEmpty && !isLast: return (written, .needsInput)
        default: throw gzipError(result)
        }
    }

    func restart() {}
}

/// Lends buffers to the library for one call. Its counters have 32 bits, so at most 1 GiB is lent.
private func gzipRun(
    _ stream: UnsafeMutablePointer<z_stream>, _ input: UnsafeRawBufferPointer,
    _ output: UnsafeMutableRawBufferPointer, _ body: (UnsafeMutablePointer<z_stream>) -> Int32
) -> (written: Int, taken: Int, result: Int32) {
    let lent = min(input.count, 1 << 30)
    // The library takes a pointer to bytes that may be written to, and does not write to them.
    stream.pointee.next_in = UnsafeMutableRawPointer(mutating: input.baseAddress)?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_in = UInt32(lent)
    stream.pointee.next_out = output.chars
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

private func gzipError(_ result: Int32) -> CompressionError {
    switch result {
    case Z_MEM_ERROR: CompressionError(.outOfMemory, "gzip: the system gave no memory")
    default: CompressionError(.corrupt, "gzip: the file is corrupt (zlib says \(result))")
    }
}
