internal import NIOCore

/// Gets files of any kind by their whole address: sources, for builds whose outputs are checked against a hash.
package struct FileDownload: Sendable {
    /// More than any source that a derivation names: what is larger is a mistake or an attack.
    private static let limit: UInt64 = 64 << 30
    /// Sources are found through more redirects than a cache's NARs: forges and mirror networks use several.
    private static let redirects = 12

    private let bodies: BodyDownload

    package init(resources: HTTPResources) {
        var limits = BodyDownload.Limits()
        limits.redirects = Self.redirects
        limits.headTime = .seconds(30)
        bodies = BodyDownload(client: resources.client, limits: limits)
    }

    /// Streams a file.
    ///
    /// - Parameters:
    ///   - address: An `http` or `https` URL.
    ///   - sink: Takes the bytes in order; what it throws ends the download and is thrown on.
    /// - Returns: The number of bytes.
    /// - Throws: ``SourceTrouble``, or what `sink` throws.
    @discardableResult
    package func get(_ address: String, sink: ([UInt8]) async throws -> Void) async throws -> UInt64 {
        guard address.hasPrefix("https://") || address.hasPrefix("http://") else {
            throw SourceTrouble(.unusable, "'\(address)': only http:// and https:// are fetched")
        }
        guard address.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw SourceTrouble(.unusable, "'\(address)': characters that a URL cannot have")
        }
        return try await bodies.get(address, limit: Self.limit) { part in
            try await sink(Array(part.readableBytesView))
        }
    }
}
