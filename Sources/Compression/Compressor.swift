/// Compresses a file that comes in pieces.
///
/// All calls are synchronous: output is handed on before the call returns, in pieces of a bounded size. One stream is
/// written, whose bytes depend on the content, the format, the level and the library's version only.
///
/// After an error or ``finish(_:)`` the object is used up. It is not safe to use from two threads at once.
package final class Compressor {
    /// The format.
    package let format: CompressionFormat

    /// How many bytes were read.
    package private(set) var inputBytes: UInt64 = 0

    /// How many bytes were written.
    package private(set) var outputBytes: UInt64 = 0

    private let codec: (any Codec)?
    private let buffer: UnsafeMutableRawBufferPointer
    private var isOver = false

    /// Starts a file.
    ///
    /// - Parameters:
    ///   - format: The format.
    ///   - level: One of the format's ``CompressionFormat/levels``; nil for its standard.
    /// - Throws: ``CompressionError/Code/unsupported``, ``CompressionError/Code/outOfMemory``.
    package init(_ format: CompressionFormat, level: Int? = nil) throws(CompressionError) {
        let level = level ?? format.standardLevel
        guard format.isWritable else { throw CompressionError(.unsupported, "\(format) cannot be written") }
        guard format.levels.contains(level) else {
            throw CompressionError(
                .unsupported,
                "\(format) has no level \(level); choose \(format.levels.lowerBound) to \(format.levels.upperBound)")
        }
        self.format = format
        codec =
            switch format {
            case .none, .lzip, .lz4: nil
            case .xz: try XzEncoder(level: level)
            case .zstd: try ZstdEncoder(level: level)
            case .bzip2: try Bzip2Encoder(level: level)
            case .gzip: try GzipEncoder(level: level)
            case .br: try BrotliEncoder(level: level)
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
        guard !input.isEmpty else { return }
        try run(input, isLast: false, output)
    }

    /// Takes the next piece of the file.
    package func push(_ input: [UInt8], _ output: (UnsafeRawBufferPointer) throws -> Void) throws {
        try input.withUnsafeBytes { try push($0, output) }
    }

    /// Writes what is left and ends the file.
    ///
    /// - Throws: ``CompressionError``, and what `output` throws.
    package func finish(_ output: (UnsafeRawBufferPointer) throws -> Void) throws {
        try run(UnsafeRawBufferPointer(start: nil, count: 0), isLast: true, output)
        isOver = true
    }

    private func run(
        _ piece: UnsafeRawBufferPointer, isLast: Bool, _ output: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        guard !isOver else { throw CompressionError(.finished, "the stream has finished or failed before") }
        isOver = true
        inputBytes += UInt64(piece.count)
        if let codec {
            var input = piece
            var state = CodecState.hasMore
            while state == .hasMore {
                let step = try codec.step(&input, buffer, isLast: isLast)
                if step.written > 0 {
                    outputBytes += UInt64(step.written)
                    try output(UnsafeRawBufferPointer(rebasing: buffer[..<step.written]))
                }
                state = step.state
            }
        } else if !piece.isEmpty {
            outputBytes += UInt64(piece.count)
            try output(piece)
        }
        isOver = false
    }
}
