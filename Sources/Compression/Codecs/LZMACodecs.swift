internal import CLZMA

/// Reads xz and lzip.
final class LZMADecoder: Codec {
    enum Format {
        case xz
        case lzip
    }

    private let stream: UnsafeMutablePointer<lzma_stream>

    let sequence = CodecSequence.byLibrary

    init(_ format: Format, memoryLimit: UInt64) throws(CompressionError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: lzma_stream())
        // A limit of 0 would be taken for 1 by the library; both refuse everything.
        let result =
            switch format {
            case .xz: quorate_xz_decoder(stream, memoryLimit)
            case .lzip: quorate_lzip_decoder(stream, memoryLimit)
            }
        guard result == LZMA_OK else { throw lzmaError(result) }
    }

    deinit {
        lzma_end(stream)
        stream.deallocate()
    }

    func step(
        _ input: inout UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, isLast: Bool
    ) throws(CompressionError) -> (written: Int, state: CodecState) {
        try lzmaStep(stream, &input, output, isLast: isLast)
    }

    func restart() {}
}

/// Writes xz.
final class XzEncoder: Codec {
    private let stream: UnsafeMutablePointer<lzma_stream>

    let sequence = CodecSequence.single

    init(level: Int) throws(CompressionError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: lzma_stream())
        let result = lzma_easy_encoder(stream, UInt32(level), LZMA_CHECK_CRC64)
        guard result == LZMA_OK else { throw lzmaError(result) }
    }

    deinit {
        lzma_end(stream)
        stream.deallocate()
    }

    func step(
        _ input: inout UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, isLast: Bool
    ) throws(CompressionError) -> (written: Int, state: CodecState) {
        try lzmaStep(stream, &input, output, isLast: isLast)
    }

    func restart() {}
}

private func lzmaStep(
    _ stream: UnsafeMutablePointer<lzma_stream>, _ input: inout UnsafeRawBufferPointer,
    _ output: UnsafeMutableRawBufferPointer, isLast: Bool
) throws(CompressionError) -> (written: Int, state: CodecState) {
    stream.pointee.next_in = input.chars
    stream.pointee.avail_in = input.count
    stream.pointee.next_out = output.chars
    stream.pointee.avail_out = output.count
    let result = lzma_code(stream, isLast ? LZMA_FINISH : LZMA_RUN)
    input.removeFirst(bytes: input.count - stream.pointee.avail_in)
    let written = output.count - stream.pointee.avail_out
    // The pointers are the caller's and end with this call.
    stream.pointee.next_in = nil
    stream.pointee.avail_in = 0
    stream.pointee.next_out = nil
    stream.pointee.avail_out = 0
    switch result {
    case LZMA_OK:
        let isDry = input.isEmpty && written < output.count
        // When nothing follows, the library has to say itself that it cannot go on.
        return (written, isDry && !isLast ? .needsInput : .hasMore)
    case LZMA_STREAM_END: return (written, .ended)
    case LZMA_BUF_ERROR where input.isEmpty: return (written, .needsInput)
    default: throw lzmaError(result)
    }
}

private func lzmaError(_ result: lzma_ret) -> CompressionError {
    switch result {
    case LZMA_MEM_ERROR: CompressionError(.outOfMemory, "xz: the system gave no memory")
    case LZMA_MEMLIMIT_ERROR: CompressionError(.memoryLimit, "xz: the file needs more memory than is allowed")
    case LZMA_OPTIONS_ERROR: CompressionError(.unsupported, "xz: the file uses options that are not known")
    case LZMA_FORMAT_ERROR: CompressionError(.corrupt, "xz: the file is not in this format")
    default: CompressionError(.corrupt, "xz: the file is corrupt (liblzma says \(result.rawValue))")
    }
}
