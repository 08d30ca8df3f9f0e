import Testing

@testable import Compression

@Suite("Hostile compressed files")
struct HostileTests {
    static let compressed = CompressionFormat.allCases.filter { $0 != .none }

    @Test("a file that was cut anywhere is refused, and what came before is right", arguments: compressed)
    func truncated(format: CompressionFormat) {
        let file = Vector.bytes(format)
        for count in 0..<file.count {
            #expect(throws: CompressionError(.truncated, "")) { try decompress(Array(file[..<count]), format) }
            #expect(throws: CompressionError(.truncated, "")) {
                try decompress(Array(file[..<count]), format, chunk: 1)
            }
        }
    }

    @Test("anything behind the end is refused", arguments: compressed)
    func trailing(format: CompressionFormat) {
        let file = Vector.bytes(format)
        for garbage in [[0], [0x0a], Array("garbage garbage".utf8), [UInt8](repeating: 0, count: 63)] {
            for chunk in [1, file.count, Int.max] {
                #expect(throws: CompressionError.self) { try decompress(file + garbage, format, chunk: chunk) }
            }
        }
        #expect(throws: CompressionError.self) {
            try decompress(file + file.prefix(file.count - 1), format)
        }
    }

    @Test("another format is refused", arguments: compressed, compressed)
    func other(format: CompressionFormat, other: CompressionFormat) {
        guard format != other else { return }
        #expect(throws: CompressionError.self) { try decompress(Vector.bytes(other), format) }
    }

    @Test("plain text is refused", arguments: compressed)
    func plain(format: CompressionFormat) {
        #expect(throws: CompressionError.self) {
            try decompress(Array("<html><head><title>502 Bad Gateway</title></head></html>".utf8), format)
        }
    }

    /// libzstd itself takes the first of these when its last bytes come one by one.
    @Test("a Zstandard frame that states another size than it holds is refused", arguments: [1, Int.max])
    func zstdStatedSize(chunk: Int) throws {
        let magic: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd]
        let empty: [UInt8] = [0x01, 0, 0]
        let text: [UInt8] = [0x19, 0, 0, 0x61, 0x62, 0x63]
        for wrong in [[0x20, 82] + empty, [0x20, 0] + text, [0x20, 4] + text, [0x60, 3, 0] + text] {
            #expect(throws: CompressionError(.corrupt, "")) { try decompress(magic + wrong, .zstd, chunk: chunk) }
        }
        #expect(try decompress(magic + [0x20, 0] + empty, .zstd, chunk: chunk) == [])
        let twice = magic + [0x20, 3] + text + magic + [0x20, 0] + empty
        #expect(try decompress(twice, .zstd, chunk: chunk) == Array("abc".utf8))
    }

    @Test("formats from before the Zstandard of RFC 8878 are refused", arguments: 0x1e...0x27 as ClosedRange<UInt8>)
    func zstdLegacy(version: UInt8) {
        for chunk in [1, Int.max] {
            #expect(throws: CompressionError(.corrupt, "")) {
                try decompress([version, 0xb5, 0x2f, 0xfd, 0, 0xff, 0xff, 0xff], .zstd, chunk: chunk)
            }
        }
    }

    /// A frame whose one block is stored as it is, so that nothing has to be compressed to make it.
    private static func lz4Stored(_ bytes: [UInt8]) -> [UInt8] {
        let size = UInt32(bytes.count) | 1 << 31
        return [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82] + withUnsafeBytes(of: size.littleEndian) { Array($0) } + bytes
            + [0, 0, 0, 0]
    }

    @Test("LZ4: limits hold, and the format from before frames is refused", arguments: [1, Int.max])
    func lz4(chunk: Int) throws {
        let text = Array("quorate".utf8)
        let frame = Self.lz4Stored(text)
        #expect(try decompress(frame + frame, .lz4, chunk: chunk, output: 14, streams: 2) == text + text)
        #expect(throws: CompressionError(.outputLimit, "")) { try decompress(frame, .lz4, chunk: chunk, output: 6) }
        #expect(throws: CompressionError(.outputLimit, "")) {
            try decompress(frame + frame, .lz4, chunk: chunk, streams: 1)
        }
        // What follows a frame is another, or one to be passed over, or rubbish.
        let skipped: [UInt8] = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]
        #expect(try decompress(frame + skipped, .lz4, chunk: chunk) == text)
        #expect(throws: CompressionError(.trailingData, "")) {
            try decompress(frame + Array("rubbish behind".utf8), .lz4, chunk: chunk)
        }
        let legacy: [UInt8] = [0x02, 0x21, 0x4c, 0x18, 5, 0, 0, 0, 0x40] + Array("quor".utf8)
        #expect(throws: CompressionError(.corrupt, "")) { try decompress(legacy, .lz4, chunk: chunk) }
    }

    @Test("the output limit holds to the byte", arguments: CompressionFormat.allCases.filter(\.isWritable))
    func outputLimit(format: CompressionFormat) throws {
        let bytes = sample(300_000)
        let file = try compress(bytes, format)
        #expect(try decompress(file, format, output: 300_000) == bytes)
        #expect(throws: CompressionError(.outputLimit, "")) { try decompress(file, format, output: 299_999) }
        #expect(throws: CompressionError(.outputLimit, "")) { try decompress(file, format, output: 0) }
    }

    @Test("a bomb stops at the limit", arguments: compressed.filter(\.isWritable))
    func bomb(format: CompressionFormat) throws {
        let file = try compress([UInt8](repeating: 0, count: 64 << 20), format, level: format == .br ? 1 : nil)
        let decompressor = try Decompressor(format, limits: DecompressionLimits(outputBytes: 1 << 20))
        var total = 0
        #expect(throws: CompressionError(.outputLimit, "")) {
            try decompressor.push(file) { total += $0.count }
        }
        #expect(total <= 1 << 20)
        #expect(throws: CompressionError(.finished, "")) { try decompressor.push(file) { _ in } }
        #expect(throws: CompressionError(.finished, "")) { try decompressor.finish { _ in } }
    }

    @Test("the memory limit holds")
    func memory() throws {
        let bytes = [UInt8](repeating: 0, count: 20 << 20)
        let xz = try compress(bytes, .xz, level: 9)
        #expect(throws: CompressionError(.memoryLimit, "")) { try decompress(xz, .xz, memory: 32 << 20) }
        #expect(try decompress(xz, .xz).count == bytes.count)
        let zstd = try compress(bytes, .zstd, level: 19)
        #expect(throws: CompressionError(.memoryLimit, "")) { try decompress(zstd, .zstd, memory: 1 << 20) }
        #expect(try decompress(zstd, .zstd).count == bytes.count)
        // A frame header that asks for a window of 2 GiB, and nothing else.
        let wide: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x04, 0xa8, 0x4c, 0, 0, 8, 0, 1, 0]
        #expect(throws: CompressionError(.memoryLimit, "")) { try decompress(wide, .zstd) }
        // An lzip header that asks for a dictionary of 512 MiB.
        var lzip = Vector.bytes(.lzip)
        lzip[5] = 29
        #expect(throws: CompressionError(.memoryLimit, "")) { try decompress(lzip, .lzip) }
    }

    @Test("the number of streams is limited", arguments: [CompressionFormat.bzip2, .gzip, .zstd])
    func streams(format: CompressionFormat) throws {
        let empty = try compress([], format)
        let files = Array(repeating: empty, count: 10).flatMap { $0 }
        #expect(try decompress(files, format, streams: 10) == [])
        #expect(throws: CompressionError(.outputLimit, "")) { try decompress(files, format, streams: 9) }
    }

    @Test("what the receiver throws goes through, and the stream is over", arguments: CompressionFormat.allCases)
    func receiver(format: CompressionFormat) throws {
        struct Full: Error {}
        let file = format == .none ? Vector.text : Vector.bytes(format)
        let decompressor = try Decompressor(format, limits: DecompressionLimits(outputBytes: 100))
        #expect(throws: Full.self) {
            try decompressor.push(file) { _ in throw Full() }
            try decompressor.finish { _ in throw Full() }
        }
        #expect(throws: CompressionError(.finished, "")) { try decompressor.push(file) { _ in } }
    }

    @Test("changed bytes never crash, and give no more than the limit", arguments: compressed)
    func mutations(format: CompressionFormat) throws {
        let original = format.isWritable ? try compress(sample(2000), format) : Vector.bytes(format)
        var state: UInt64 = 7
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for _ in 0..<2000 {
            var bytes = original
            for _ in 0...random(3) { bytes[random(bytes.count)] = UInt8(random(256)) }
            let result = try? decompress(bytes, format, chunk: 1 + random(200), output: 4000, memory: 32 << 20)
            #expect((result?.count ?? 0) <= 4000)
        }
    }
}
