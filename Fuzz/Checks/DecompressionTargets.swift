internal import Compression

extension FuzzTarget {
    /// Each format in which caches keep archives.
    static let decompressionTargets = CompressionFormat.allCases.filter { $0 != .none }.map { format in
        FuzzTarget("decompress-\(format.rawValue)", isSlow: true) { input throws(BrokenPromise) in
            try checkDecompression(input, format)
        }
    }
}

/// Low enough that inputs reach them; the memory is what the formats' usual levels need.
private let limits = DecompressionLimits(outputBytes: 256 << 10, memoryBytes: 16 << 20, streams: 16)

private func checkDecompression(
    _ input: [UInt8], _ format: CompressionFormat
) throws(BrokenPromise) -> FuzzTarget.Answer {
    let whole = try decompress(input, format, pieces: input.count)
    let pieces = try decompress(input, format, pieces: input.count <= 512 ? 1 : 61)
    // In which way a broken file is broken may depend on how much of it is there.
    try promise(
        (whole.failure == nil) == (pieces.failure == nil),
        "\(whole.failure.map { "'\($0)'" } ?? "acceptance") becomes "
            + "\(pieces.failure.map { "'\($0)'" } ?? "acceptance") in pieces")
    guard whole.failure == nil else { return .refused }
    try promise(whole.output == pieces.output, "the output depends on the pieces of input")
    return .accepted
}

private func decompress(
    _ input: [UInt8], _ format: CompressionFormat, pieces size: Int
) throws(BrokenPromise) -> (failure: CompressionError?, output: [UInt8]) {
    let decompressor = try succeed("a decompressor") { try Decompressor(format, limits: limits) }
    var output: [UInt8] = []
    var failure: CompressionError?
    do {
        for start in stride(from: 0, to: input.count, by: max(size, 1)) {
            try decompressor.push(Array(input[start..<min(start + max(size, 1), input.count)])) {
                output.append(contentsOf: $0)
            }
        }
        try decompressor.finish { output.append(contentsOf: $0) }
    } catch let error as CompressionError {
        failure = error
    } catch {
        throw BrokenPromise("an error of another kind: \(error)")
    }
    try promise(UInt64(output.count) <= limits.outputBytes, "\(output.count) bytes of output pass the limit")
    try promise(UInt64(output.count) == decompressor.outputBytes, "the bytes of output are counted otherwise")
    if failure == nil {
        try promise(UInt64(input.count) == decompressor.inputBytes, "an accepted file was not read to its end")
    }
    return (failure, output)
}
