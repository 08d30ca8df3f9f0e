internal import CBrotli

/// Reads Brotli. The format has no magic number, no checksum, and no streams behind each other.
final class BrotliDecoder: Codec {
    private let decoder: OpaquePointer

    let sequence = CodecSequence.single

    init() throws(CompressionError) {
        guard let decoder = BrotliDecoderCreateInstance(nil, nil, nil) else {
            throw CompressionError(.outOfMemory, "br: the system gave no memory")
        }
        self.decoder = decoder
    }

    deinit {
        BrotliDecoderDestroyInstance(decoder)
    }

    func step(
        _ input: inout UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, isLast: Bool
    ) throws(CompressionError) -> (written: Int, state: CodecState) {
        var availableInput = input.count
        var nextInput = input.chars
        var availableOutput = output.count
        var nextOutput = output.chars
        let result = BrotliDecoderDecompressStream(
            decoder, &availableInput, &nextInput, &availableOutput, &nextOutput, nil)
        input.removeFirst(bytes: input.count - availableInput)
        let written = output.count - availableOutput
        switch result {
        case BROTLI_DECODER_RESULT_SUCCESS: return (written, .ended)
        case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT: return (written, .needsInput)
        case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT: return (written, .hasMore)
        default:
            throw CompressionError(.corrupt, "br: the file is corrupt or not in this format")
        }
    }

    func restart() {}
}

/// Writes Brotli.
final class BrotliEncoder: Codec {
    private let encoder: OpaquePointer

    let sequence = CodecSequence.single

    init(level: Int) throws(CompressionError) {
        guard let encoder = BrotliEncoderCreateInstance(nil, nil, nil) else {
            throw CompressionError(.outOfMemory, "br: the system gave no memory")
        }
        self.encoder = encoder
        BrotliEncoderSetParameter(encoder, BROTLI_PARAM_QUALITY, UInt32(level))
    }

    deinit {
        BrotliEncoderDestroyInstance(encoder)
    }

    func step(
        _ input: inout UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, isLast: Bool
    ) throws(CompressionError) -> (written: Int, state: CodecState) {
        var availableInput = input.count
        var nextInput = input.chars
        var availableOutput = output.count
        var nextOutput = output.chars
        let isDone = BrotliEncoderCompressStream(
            encoder, isLast ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_PROCESS, &availableInput, &nextInput,
            &availableOutput, &nextOutput, nil)
        guard isDone != 0 else { throw CompressionError(.outOfMemory, "br: the encoder failed") }
        input.removeFirst(bytes: input.count - availableInput)
        let written = output.count - availableOutput
        if BrotliEncoderIsFinished(encoder) != 0 { return (written, .ended) }
        let hasMore = !input.isEmpty || BrotliEncoderHasMoreOutput(encoder) != 0 || isLast
        return (written, hasMore ? .hasMore : .needsInput)
    }

    func restart() {}
}
