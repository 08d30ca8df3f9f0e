import Compression
import TestSupport
import Testing

/// Blocks without a frame.
struct LZ4BlockTests {
    private static let text = Array(String(repeating: "a narinfo is much like the next; ", count: 300).utf8)

    @Test func givesBackWhatItMadeSmaller() throws {
        let block = try #require(LZ4Block.compress(Self.text))
        #expect(block.count < Self.text.count / 10)
        #expect(try LZ4Block.decompress(block, size: Self.text.count) == Self.text)
    }

    @Test func makesNothingLarger() {
        var random = SeededGenerator(seed: 1)
        for count in [0, 1, 2, 100, 4096] {
            #expect(LZ4Block.compress((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }) == nil)
        }
    }

    @Test func refusesAnotherSize() throws {
        let block = try #require(LZ4Block.compress(Self.text))
        for size in [-1, 0, 1, Self.text.count - 1, Self.text.count + 1, 1 << 20, 1 << 40, Int.max] {
            #expect(throws: CompressionError.self) { try LZ4Block.decompress(block, size: size) }
        }
        #expect(throws: CompressionError.self) { try LZ4Block.decompress([], size: 1) }
    }

    /// Whatever the bytes are, the answer is of the asked size or none.
    @Test func refusesWhatIsNoBlock() throws {
        var random = SeededGenerator(seed: 2)
        let block = try #require(LZ4Block.compress(Self.text))
        for count in block.indices {
            #expect(throws: CompressionError.self) {
                try LZ4Block.decompress(Array(block[..<count]), size: Self.text.count)
            }
        }
        for _ in 0..<2000 {
            var damaged = block
            let place = Int.random(in: 0..<damaged.count, using: &random)
            damaged[place] = UInt8.random(in: 0...255, using: &random)
            if let bytes = try? LZ4Block.decompress(damaged, size: Self.text.count) {
                #expect(bytes.count == Self.text.count)
            }
        }
    }
}
