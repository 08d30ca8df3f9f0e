internal import NIOCore
package import TransparencyLog

/// One address at which a transparency log is found (<https://c2sp.org/tlog-tiles>): over HTTP, or a directory
/// (`file:///…`) in the same layout. Any static file server will do.
///
/// What comes from here is not verified: a checkpoint proves itself by its signatures, tiles and entries are checked
/// against a checkpoint before use.
package struct LogTileSource: TileSource {
    /// The address with a slash at the end.
    package let address: String
    /// Checkpoints and lists that are asked for by name: small, and soon there or not at all.
    private let small: BinaryCache
    /// Tiles and entries. A bundle of the largest entries has 17 MB, which takes a while on a slow line.
    private let large: BinaryCache

    /// - Parameters:
    ///   - url: The log's address, as `log` and `builder` lines have it.
    ///   - limits: How small files are asked for; tiles get more time and room.
    /// - Throws: ``SourceTrouble`` for an address that cannot be used.
    package init(url: String, limits: HTTPLimits = HTTPLimits(), resources: HTTPResources) throws(SourceTrouble) {
        var small = limits
        small.bodyBytes = max(small.bodyBytes, 4 << 20)
        small.connections = 1
        var large = limits
        large.bodyBytes = EntryBundle.maximumByteCount
        large.answerTime = max(large.answerTime, .seconds(30))
        self.small = try BinaryCache(url: url, limits: small, resources: resources)
        self.large = try BinaryCache(url: url, limits: large, resources: resources)
        address = self.small.address
    }

    /// A tile or a bundle of entries; nil where the log has none.
    /// - Throws: ``SourceTrouble`` when it cannot be said.
    package func read(_ path: TilePath) async throws -> [UInt8]? { try await Self.bytes(large.get(path.text)) }

    /// The newest checkpoint as it is served.
    /// - Throws: ``SourceTrouble``, also when there is none.
    package func checkpoint() async throws(SourceTrouble) -> [UInt8] {
        guard let bytes = try await file("checkpoint") else {
            throw SourceTrouble(.status, "\(address)checkpoint: not there")
        }
        return bytes
    }

    /// A small file beside the tiles, such as `references/HEX`; nil where there is none.
    package func file(_ path: String) async throws(SourceTrouble) -> [UInt8]? { try Self.bytes(await small.get(path)) }

    /// Closes idle connections.
    package func shutdown() {
        small.shutdown()
        large.shutdown()
    }

    private static func bytes(_ answer: HTTPAnswer) throws(SourceTrouble) -> [UInt8]? {
        switch answer {
        case .body(let body): return Array(body.readableBytesView)
        case .absent: return nil
        case .trouble(let trouble): throw trouble
        }
    }
}
