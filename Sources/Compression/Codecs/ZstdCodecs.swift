internal import CZstd

/// Reads Zstandard.
final class ZstdDecoder: Codec {
    private let context: OpaquePointer

    let sequence = CodecSequence.restarted

    init(memoryLimit: UInt64) throws(CompressionError) {
        guard let context = ZSTD_createDCtx() else {
            throw CompressionError(.outOfMemory, "zstd: the system gave no memory")
        }
        self.context = context
        let bounds = ZSTD_dParam_getBounds(ZSTD_d_windowLogMax)
        let wanted = Int32(63 - max(memoryLimit, 1).leadingZeroBitCount)
        let windowLog = min(max(wanted, bounds.lowerBound), bounds.upperBound)
        try zstdCheck(ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, windowLog))
    }

    deinit {
        ZSTD_freeDCtx(context)
    }

    func step(
        _ input: inout UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, isLast: Bool
    ) throws(CompressionError) -> (written: Int, state: CodecState) {
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let hint = try zstdCheck(ZSTD_decompressStream(context, &target, &source))
        input.removeFirst(bytes: source.pos)
        if hint == 0 { return (target.pos, .ended) }
        return (target.pos, input.isEmpty && target.pos < output.count ? .needsInput : .hasMore)
    }

    /// The library begins the next frame by itself.
    func restart() {}
}

/// Writes Zstandard.
final class ZstdEncoder: Codec {
    private let context: OpaquePointer

    let sequence = CodecSequence.single

    init(level: Int) throws(CompressionError) {
        guard let context = ZSTD_createCCtx() else {
            throw CompressionError(.outOfMemory, "zstd: the system gave no memory")
        }
        self.context = context
        try zstdCheck(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Int32(level)))
        try zstdCheck(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1))
    }

    deinit {
        ZSTD_freeCCtx(context)
    }

    func step(
        _ input: inout UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, isLast: Bool
    ) throws(CompressionError) -> (written: Int, state: CodecState) {
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let left = try zstdCheck(
            ZSTD_compressStream2(context, &target, &source, isLast ? ZSTD_e_end : ZSTD_e_continue))
        input.removeFirst(bytes: source.pos)
        if isLast { return (target.pos, left == 0 ? .ended : .hasMore) }
        return (target.pos, input.isEmpty ? .needsInput : .hasMore)
    }

    func restart() {}
}

@discardableResult
private func zstdCheck(_ result: Int) throws(CompressionError) -> Int {
    guard ZSTD_isError(result) != 0 else { return result }
    let code = ZSTD_getErrorCode(result)
    switch code {
    case ZSTD_error_memory_allocation:
        throw CompressionError(.outOfMemory, "zstd: the system gave no memory")
    case ZSTD_error_frameParameter_windowTooLarge:
        throw CompressionError(.memoryLimit, "zstd: the file needs more memory than is allowed")
    case ZSTD_error_dictionary_wrong, ZSTD_error_frameParameter_unsupported, ZSTD_error_version_unsupported:
        throw CompressionError(.unsupported, "zstd: the file needs a dictionary or options that are not known")
    default:
        throw CompressionError(.corrupt, "zstd: \(String(cString: ZSTD_getErrorName(result)))")
    }
}
