internal import CLZ4

/// LZ4 without a frame: for bytes that are kept in memory or in a database, whose size is written beside them.
package enum LZ4Block {
    /// What one byte can at most stand for: a length of 255 more.
    private static let greatestRatio = 255

    /// The bytes in fewer, or nil when they do not become fewer.
    package static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count > 1, bytes.count <= Int(LZ4_MAX_INPUT_SIZE) else { return nil }
        let compressed = [UInt8](unsafeUninitializedCapacity: bytes.count - 1) { output, count in
            let written = bytes.withUnsafeBytes { input in
                output.withMemoryRebound(to: CChar.self) { output in
                    // 0 when the room is too small, which is one byte less than there was.
                    LZ4_compress_default(
                        input.baseAddress?.assumingMemoryBound(to: CChar.self), output.baseAddress, Int32(input.count),
                        Int32(output.count))
                }
            }
            count = max(0, Int(written))
        }
        return compressed.isEmpty ? nil : compressed
    }

    /// The bytes that `compress` made fewer.
    /// - Parameter size: How many they are; nothing else is accepted.
    /// - Throws: `corrupt` when it is not a block, or one of another size.
    package static func decompress(_ block: [UInt8], size: Int) throws(CompressionError) -> [UInt8] {
        // Before any memory is taken.
        guard size > 0, size <= Int(LZ4_MAX_INPUT_SIZE), !block.isEmpty, size / greatestRatio <= block.count else {
            throw CompressionError(.corrupt, "lz4: \(block.count) bytes cannot hold \(size)")
        }
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { output, count in
            let written = block.withUnsafeBytes { input in
                output.withMemoryRebound(to: CChar.self) { output in
                    LZ4_decompress_safe(
                        input.baseAddress?.assumingMemoryBound(to: CChar.self), output.baseAddress,
                        Int32(truncatingIfNeeded: input.count), Int32(size))
                }
            }
            count = max(0, Int(written))
        }
        guard bytes.count == size else { throw CompressionError(.corrupt, "lz4: not a block of \(size) bytes") }
        return bytes
    }
}
