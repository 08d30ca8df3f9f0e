import Foundation

@testable import Compression

/// Decompresses bytes in pieces of one size.
func decompress(
    _ bytes: [UInt8], _ format: CompressionFormat, chunk: Int = .max, output: UInt64 = 1 << 30,
    memory: UInt64 = DecompressionLimits.standardMemoryBytes, streams: Int = 1 << 20
) throws -> [UInt8] {
    let limits = DecompressionLimits(outputBytes: output, memoryBytes: memory, streams: streams)
    let decompressor = try Decompressor(format, limits: limits)
    var result: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: min(chunk, max(bytes.count, 1))) {
        let piece = Array(bytes[start..<min(bytes.count, start + min(chunk, bytes.count))])
        try decompressor.push(piece) { result.append(contentsOf: $0) }
    }
    try decompressor.finish { result.append(contentsOf: $0) }
    return result
}

/// Compresses bytes in pieces of one size.
func compress(_ bytes: [UInt8], _ format: CompressionFormat, level: Int? = nil, chunk: Int = .max) throws -> [UInt8] {
    let compressor = try Compressor(format, level: level)
    var result: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: min(chunk, max(bytes.count, 1))) {
        let piece = Array(bytes[start..<min(bytes.count, start + min(chunk, bytes.count))])
        try compressor.push(piece) { result.append(contentsOf: $0) }
    }
    try compressor.finish { result.append(contentsOf: $0) }
    return result
}

/// Bytes that compress somewhat, the same ones in every run.
func sample(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
    return (0..<count).map { _ in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt8(truncatingIfNeeded: state & (state >> 8) & 0x3f)
    }
}

/// One small text as the formats' own tools compress it: xz 5.4.1, zstd 1.5.4, bzip2 1.0.8, gzip 1.12, brotli 1.0.9,
/// lzip 1.23, lz4 1.9.4.
enum Vector {
    static let text = [UInt8]("quorate quorate quorate\n".utf8)

    static let files: [(CompressionFormat, String)] = [
        (
            .xz,
            "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AAXAA9dADidSiLcnAPX3CHkh7VAAAAAuUtM/RrKA1wAASsYFNCaRR+2830BAAAAAARZWg=="
        ),
        (.zstd, "KLUv/SQYfQAASHF1b3JhdGUgCgEA6woXdiiI4A=="),
        (.bzip2, "QlpoOTFBWSZTWSd26a4AAAdRgAAQQAAiALYAIAAiPUGmggyYizRnChMZx4u5IpwoSBO7dNcA"),
        (.gzip, "H4sIAAAAAAAAAysszS9KLElVKESluQDinMI8GAAAAA=="),
        (.br, "obgAwC+esq4kuQqysb8U0SccqH6mMwE="),
        (.lzip, "TFpJUAEMADidSiLcnAPX3CHkiyhCO//+YNgA4pzCPBgAAAAAAAAALwAAAAAAAAA="),
        (.lz4, "BCJNGGxAGAAAAAAAAAA1EQAAAIdxdW9yYXRlIAgAUHJhdGUKAAAAAEWt7zQ="),
    ]

    static func bytes(_ format: CompressionFormat) -> [UInt8] {
        guard let text = files.first(where: { $0.0 == format })?.1 else { return [] }
        return [UInt8](Data(base64Encoded: text) ?? Data())
    }
}
