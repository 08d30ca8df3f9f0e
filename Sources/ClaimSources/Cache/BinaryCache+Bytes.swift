internal import NIOCore

extension BinaryCache {
    /// Streams a large file that a narinfo of this cache names, as plain bytes.
    ///
    /// - Parameters:
    ///   - reference: The narinfo's `URL`, relative to the cache or absolute.
    ///   - limit: Most bytes that are taken.
    ///   - end: How many bytes there are, where that is known: no more is waited for.
    /// - Throws: ``SourceTrouble``, or what `sink` throws.
    @discardableResult
    package func downloadBytes(
        _ reference: String, limit: UInt64, endingAt end: UInt64? = nil, sink: ([UInt8]) async throws -> Void
    ) async throws -> UInt64 {
        try await download(reference, limit: limit, endingAt: end) { try await sink(Array($0.readableBytesView)) }
    }

    /// Gets small files as plain bytes, calling `onAnswer` once for each, in any order: nil for what is not there.
    package func getBytes(
        _ paths: [String], onAnswer: @escaping @Sendable (Int, Result<[UInt8]?, SourceTrouble>) -> Void
    ) async {
        await get(paths) { index, answer in
            switch answer {
            case .body(let buffer): onAnswer(index, .success(Array(buffer.readableBytesView)))
            case .absent: onAnswer(index, .success(nil))
            case .trouble(let trouble): onAnswer(index, .failure(trouble))
            }
        }
    }
}
