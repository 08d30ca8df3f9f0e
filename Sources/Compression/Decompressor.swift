/// Decompresses a file that comes in pieces.
///
/// All calls are synchronous and keep nothing but the library's window: for each piece of input, the pieces of output
/// are handed on before the call returns. Streams that follow each other in one file are read as one, as the formats'
/// own tools do it; a truncated file and anything behind the last stream are refused.
///
/// After an error or ``finish(_:)`` the object is used up. It is not safe to use from two threads at once.
package final class Decompressor {
    /// The format.
    package let format: CompressionFormat

    /// The limits.
    package let limits: DecompressionLimits

    /// How many bytes were read.
    package private(set) var inputBytes: UInt64 = 0

    /// How many bytes were written.
    package private(set) var outputBytes: UInt64 = 0

    private let codec: (any Codec)?
    private let buffer: UnsafeMutableRawBufferPointer
    private var isOver = false
    private var isBetweenStreams = false
    private var streams = 0
    private var hasWrittenInStream = false

    /// The size of the pieces of output.
    package static let chunkSize = 128 * 1024

    /// Starts a file.
    ///
    /// - Throws: ``CompressionError/Code/outOfMemory``.
    package init(_ format: CompressionFormat, limits: DecompressionLimits) throws(CompressionError) {
        self.format = format
        self.limits = limits
        codec =
            switch format {
            case .none: nil
            case .xz: try LZMADecoder(.xz, memoryLimit: limits.memoryBytes)
            case .lzip: try LZMADecoder(.lzip, memoryLimit: limits.memoryBytes)
            case .zstd: try ZstdDecoder(memoryLimit: limits.memoryBytes)
            case .bzip2: try Bzip2Decoder()
            case .gzip: try GzipDecoder()
            case .br: try BrotliDecoder()
            case .lz4: try LZ4Decoder()
            }
        buffer = .allocate(byteCount: format == .none ? 1 : Decompressor.chunkSize, alignment: 16)
    }

    deinit {
        buffer.deallocate()
    }

    /// Takes the next piece of the file.
    ///
    /// - Parameters:
    ///   - input: The piece, of any size.
    ///   - output: Gets the pieces of output, valid during the call only.
    /// - Throws: ``CompressionError``, and what `output` throws.
    package func push(
        _ input: UnsafeRawBufferPointer, _ output: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        guard !isOver else { throw Decompressor.over() }
        isOver = true
        try read(input, output)
        isOver = false
    }

    /// Takes the next piece of the file.
    package func push(_ input: [UInt8], _ output: (UnsafeRawBufferPointer) throws -> Void) throws {
        try input.withUnsafeBytes { try push($0, output) }
    }

    /// Says that the file has ended.
    ///
    /// - Throws: ``CompressionError/Code/truncated`` when it must not end here, and what `output` throws.
    package func finish(_ output: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard !isOver else { throw Decompressor.over() }
        isOver = true
        guard let codec else { return }
        if codec.sequence == .byLibrary {
            var nothing = UnsafeRawBufferPointer(start: nil, count: 0)
            var state = CodecState.hasMore
            while state == .hasMore {
                let step = try codec.step(&nothing, buffer, isLast: true)
                try handOn(step.written, output)
                state = step.state
            }
            isBetweenStreams = state == .ended
        }
        guard isBetweenStreams else {
            throw CompressionError(.truncated, "\(format) file ends in the middle, after \(inputBytes) bytes")
        }
    }

    private func read(_ piece: UnsafeRawBufferPointer, _ output: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard let codec else {
            inputBytes += UInt64(piece.count)
            return try count(piece, output)
        }
        var input = piece
        var state = CodecState.hasMore
        // A full buffer may hide output that needs no more input, so `hasMore` goes on without any.
        while !input.isEmpty || state == .hasMore {
            if isBetweenStreams {
                guard !input.isEmpty else { break }
                try startNextStream(codec)
            }
            let before = input.count
            let step: (written: Int, state: CodecState)
            do {
                step = try codec.step(&input, buffer, isLast: false)
            } catch {
                throw streams > 0 && !hasWrittenInStream && error.code == .corrupt
                    ? CompressionError(.trailingData, "\(format) file goes on behind its end") : error
            }
            inputBytes += UInt64(before - input.count)
            if step.written > 0 { hasWrittenInStream = true }
            try handOn(step.written, output)
            state = step.state
            if state == .ended {
                guard codec.sequence != .byLibrary else {
                    throw CompressionError(.trailingData, "\(format) file goes on behind its end")
                }
                isBetweenStreams = true
                streams += 1
            }
        }
    }

    private func startNextStream(_ codec: any Codec) throws(CompressionError) {
        guard codec.sequence == .restarted else {
            throw CompressionError(.trailingData, "\(format) file goes on behind its end")
        }
        guard streams < limits.streams else {
            throw CompressionError(.outputLimit, "\(format) file of more than \(limits.streams) streams")
        }
        try codec.restart()
        isBetweenStreams = false
        hasWrittenInStream = false
    }

    private func handOn(_ written: Int, _ output: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard written > 0 else { return }
        try count(UnsafeRawBufferPointer(rebasing: buffer[..<written]), output)
    }

    private func count(_ piece: UnsafeRawBufferPointer, _ output: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard UInt64(piece.count) <= limits.outputBytes - outputBytes else {
            throw CompressionError(.outputLimit, "\(format) file holds more than \(limits.outputBytes) bytes")
        }
        outputBytes += UInt64(piece.count)
        try output(piece)
    }

    private static func over() -> CompressionError {
        CompressionError(.finished, "the stream has finished or failed before")
    }
}
