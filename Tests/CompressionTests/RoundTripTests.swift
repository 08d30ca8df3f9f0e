import Foundation
import Testing

@testable import Compression

@Suite("Compressing and decompressing")
struct RoundTripTests {
    static let writable = CompressionFormat.allCases.filter(\.isWritable)
    static let compressed = CompressionFormat.allCases.filter { $0 != .none }

    @Test("bytes come back, whatever the pieces", arguments: writable, [1, 7, 4096, 1 << 17, Int.max])
    func pieces(format: CompressionFormat, chunk: Int) throws {
        for count in [0, 1, 5000, chunk == 1 ? 20_000 : 500_000] {
            let bytes = sample(count)
            let file = try compress(bytes, format, chunk: chunk)
            if format != .none && count > 1000 { #expect(file.count < count) }
            #expect(try decompress(file, format, chunk: chunk) == bytes)
        }
    }

    @Test("every level works", arguments: writable)
    func levels(format: CompressionFormat) throws {
        let bytes = sample(10_000)
        for level in format.levels {
            #expect(try decompress(try compress(bytes, format, level: level), format) == bytes)
        }
        #expect(throws: CompressionError(.unsupported, "")) {
            try Compressor(format, level: format.levels.upperBound + 1)
        }
        #expect(throws: CompressionError(.unsupported, "")) { try Compressor(format, level: -1) }
    }

    @Test("what the formats' own tools wrote is read", arguments: compressed, [1, 2, 3, 5, Int.max])
    func vectors(format: CompressionFormat, chunk: Int) throws {
        #expect(try decompress(Vector.bytes(format), format, chunk: chunk) == Vector.text)
    }

    @Test("lzip and LZ4 are not written", arguments: [CompressionFormat.lzip, .lz4])
    func readOnly(format: CompressionFormat) {
        #expect(!format.isWritable)
        #expect(throws: CompressionError(.unsupported, "")) { try Compressor(format) }
    }

    @Test("files that follow each other are one", arguments: compressed, [1, 13, Int.max])
    func concatenated(format: CompressionFormat, chunk: Int) throws {
        let file = Vector.bytes(format)
        if format == .br {
            #expect(throws: CompressionError(.trailingData, "")) { try decompress(file + file, format, chunk: chunk) }
        } else {
            let three = Vector.text + Vector.text + Vector.text
            #expect(try decompress(file + file + file, format, chunk: chunk) == three)
        }
    }

    @Test("padding behind xz streams is part of the format, in groups of 4 bytes")
    func padding() throws {
        let file = Vector.bytes(.xz)
        let zeros = [UInt8](repeating: 0, count: 8)
        #expect(try decompress(file + zeros + file + zeros, .xz) == Vector.text + Vector.text)
        #expect(throws: CompressionError.self) { try decompress(file + zeros.dropLast(), .xz) }
    }

    @Test("NARs of real caches are the same, however they were compressed")
    func caches() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/nix")
        func fields(_ cache: String, _ name: String) throws -> [Substring: Substring] {
            let text = try String(contentsOf: folder.appendingPathComponent("\(cache)/\(name)"), encoding: .utf8)
            let pairs = text.split(separator: "\n").map { $0.split(separator: ": ", maxSplits: 1) }
            return Dictionary(pairs.map { ($0[0], $0.count > 1 ? $0[1] : "") }) { first, _ in first }
        }
        var compared = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent("c").path)
        where name.hasSuffix(".narinfo") {
            let plain = try fields("c", name)
            for cache in ["a", "b"] {
                let other = try fields(cache, name)
                let paths = try [#require(plain["URL"]), #require(other["URL"])]
                guard plain["NarHash"] == other["NarHash"],
                    let nar = try? Data(contentsOf: folder.appendingPathComponent("c/\(paths[0])")),
                    let file = try? Data(contentsOf: folder.appendingPathComponent("\(cache)/\(paths[1])"))
                else { continue }
                let format = try #require(CompressionFormat(rawValue: String(other["Compression"] ?? "")))
                #expect(try decompress([UInt8](file), format, chunk: 100) == [UInt8](nar))
                compared += 1
            }
        }
        #expect(compared > 20)
    }
}
