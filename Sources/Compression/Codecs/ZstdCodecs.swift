internal import CZstd

/// Reads Zstandard.
final class ZstdDecoder: Codec {
    private let context: OpaquePointer
    /// The first bytes of the frame, until its header is complete, and how many bytes came out of it.
    private var head: [UInt8] = []
    private var written: UInt64 = 0

    let sequence = CodecSequence.restarted

    /// The longest header of a frame (RFC 8878, section 3.1.1).
    private static let longestHeader = 18

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
        try checkMagic(input)
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let hint = try zstdCheck(ZSTD_decompressStream(context, &target, &source))
        head.append(contentsOf: input[..<min(source.pos, Self.longestHeader - head.count)])
        written += UInt64(target.pos)
        input.removeFirst(bytes: source.pos)
        if hint == 0 {
            try checkSize()
            return (target.pos, .ended)
        }
        return (target.pos, input.isEmpty && target.pos < output.count ? .needsInput : .hasMore)
    }

    /// The library begins the next frame by itself.
    func restart() {
        head.removeAll(keepingCapacity: true)
        written = 0
    }

    /// Demands one of the two kinds of frames that RFC 8878 knows. Debian's library would also read the formats from
    /// before the standard, with decoders that nobody needs and few have looked at.
    private func checkMagic(_ input: UnsafeRawBufferPointer) throws(CompressionError) {
        for (index, byte) in zip(head.count..<max(head.count, 4), input) {
            let isKnown =
                switch index {
                case 0: byte == Self.magic[0] || byte & 0xf0 == Self.skippableMagic[0]
                default: byte == ((head.first ?? input[0]) == Self.magic[0] ? Self.magic : Self.skippableMagic)[index]
                }
            guard isKnown else { throw CompressionError(.corrupt, "zstd: no frame begins here") }
        }
    }

    /// The beginning of a frame, and of one to be passed over, whose first byte ends in any four bits.
    private static let magic: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd]
    private static let skippableMagic: [UInt8] = [0x50, 0x2a, 0x4d, 0x18]

    /// Demands the size that the frame states. The library compares it too, but not in every way to the frame's end: an
    /// empty last block that comes in pieces gets past it.
    private func checkSize() throws(CompressionError) {
        let stated = head.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
        guard stated < Self.sizeIsUnknown, stated != written else { return }
        throw CompressionError(.corrupt, "zstd: a frame states \(stated) bytes and holds \(written)")
    }

    /// `ZSTD_CONTENTSIZE_ERROR`; the only number above it is `ZSTD_CONTENTSIZE_UNKNOWN`.
    private static let sizeIsUnknown = UInt64.max - 1
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
