internal import NIOCore

extension BinaryCache {
    /// Streams a large file that a narinfo of this cache names, as plain bytes.
    ///
    /// - Parameters:
    ///   - reference: The narinfo's `URL`, relative to the cache or absolute.
    ///   - limit: Most bytes that are taken.
    /// - Throws: ``SourceTrouble``, or what `sink` throws.
    @discardableResult
    package func downloadBytes(
        _ reference: String, limit: UInt64, sink: ([UInt8]) async throws -> Void
    ) async throws -> UInt64 {
        try await download(reference, limit: limit) { try await sink(Array($0.readableBytesView)) }
    }
}
