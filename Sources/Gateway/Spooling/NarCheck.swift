internal import Compression
internal import Crypto
internal import StoreFormats

/// Compares a compressed NAR, as it streams by, with what was agreed on: size, hash, and where the path commits to its
/// contents, those too.
///
/// Not thread-safe: one stream, one check.
final class NarCheck: @unchecked Sendable {
    private let item: SpoolItem
    private let decompressor: Decompressor
    private var hash = SHA256()
    private var content: NarContentHash?
    /// Bytes of the NAR that have come.
    private(set) var size: UInt64 = 0

    /// - Parameter compression: How the stream is compressed.
    init(_ item: SpoolItem, compression: CompressionFormat) throws {
        self.item = item
        // One byte more than was agreed on is enough to know that it is another NAR.
        let limit = item.narSize < .max ? item.narSize + 1 : .max
        decompressor = try Decompressor(compression, limits: DecompressionLimits(outputBytes: limit))
        content = item.addressToProve.flatMap { NarContentHash($0, of: item.storePath) }
    }

    /// Takes a piece of the stream; `output` gets what it decompresses to.
    /// - Throws: ``WrongNar``, or what `output` throws.
    func take(_ bytes: UnsafeRawBufferPointer, output: (UnsafeRawBufferPointer) throws -> Void) throws {
        try naming { try decompressor.push(bytes) { try self.check($0, output) } }
    }

    /// The stream has ended: throws unless it was exactly the agreed NAR.
    func finish(output: (UnsafeRawBufferPointer) throws -> Void) throws {
        try naming { try decompressor.finish { try self.check($0, output) } }
        guard size == item.narSize else {
            throw WrongNar("the NAR has \(size) bytes, and \(item.narSize) were agreed on")
        }
        guard let got = NarHash(Array(hash.finalize())), got == item.narHash else {
            throw WrongNar("narinfo and NAR disagree: the NAR's hash is not \(item.narHash)")
        }
        try naming { try content?.finish() }
    }

    /// Runs `body`; that bytes are not of the format that they should be in makes them another NAR's.
    private func naming(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as CompressionError where error.code != .outOfMemory {
            throw WrongNar("\(error)")
        } catch let error as StoreFormatError {
            throw WrongNar("\(error)")
        }
    }

    private func check(_ piece: UnsafeRawBufferPointer, _ output: (UnsafeRawBufferPointer) throws -> Void) throws {
        size += UInt64(piece.count)
        guard size <= item.narSize else {
            throw WrongNar("the NAR is larger than the \(item.narSize) bytes agreed on")
        }
        hash.update(bufferPointer: piece)
        try content?.take(piece)
        try output(piece)
    }
}
