internal import ClaimSources
internal import Compression
internal import Quorum
internal import StoreFormats
internal import Synchronization
internal import Verification

/// Reads what sources that differ have of a path, and finds the files that differ.
struct Inspector: Sendable {
    let caches: CacheSet
    /// Told how many bytes came, on any thread.
    let onBytes: @Sendable (Int) -> Void

    /// - Parameter item: Its testimonies say where the contents are.
    func inspect(_ item: ChallengedItem) async throws -> Inspection {
        var inspection = Inspection()
        var trees: [TreeContents] = []
        for outcome in item.outcomes {
            var readFrom: String?
            for testimony in item.testimonies where testimony.outcome == outcome && readFrom == nil {
                guard let tree = try await read(testimony, into: &inspection) else { continue }
                readFrom = testimony.source.name
                trees.append(tree)
            }
            inspection.versions.append(Inspection.Version(outcome: outcome, readFrom: readFrom))
        }
        inspection.differences = TreeDifference.list(trees)
        return inspection
    }

    /// What one source has, if it is what it states.
    private func read(_ testimony: Testimony, into inspection: inout Inspection) async throws -> TreeContents? {
        let name = testimony.source.name
        do {
            switch testimony.contents {
            case nil: return nil
            case .files(let location):
                let intake = TreeIntake(limit: .max)
                let onBytes = onBytes
                try await Blocking.run {
                    _ = try NarDumper.dump(location) { piece in
                        try intake.take(plain: piece)
                        onBytes(piece.count)
                    }
                }
                let (tree, digest) = try intake.finish()
                guard digest == testimony.outcome.narDigest else {
                    inspection.troubles.append("\(name): the files changed while they were compared")
                    return nil
                }
                return tree
            case .downloads(let downloads):
                guard case .server(_, let address) = testimony.source else { return nil }
                return try await download(downloads, from: address, name, testimony.outcome, &inspection)
            }
        } catch let error as CancellationError {
            throw error
        } catch {
            inspection.troubles.append("\(name): \(error)")
            return nil
        }
    }

    private func download(
        _ downloads: [NarDownload], from address: String, _ name: String, _ stated: StorePathOutcome,
        _ inspection: inout Inspection
    ) async throws -> TreeContents? {
        guard let cache = caches.cache(at: address) else { return nil }
        // The smallest first, of those that can be read.
        let readable = downloads.compactMap { download in
            CompressionFormat(rawValue: download.compression.rawValue).map { (download, $0) }
        }.sorted { ($0.0.fileSize ?? .max) < ($1.0.fileSize ?? .max) }
        guard !readable.isEmpty else { throw CommandError(.badData, "no compression that is read") }
        var troubles: [any Error] = []
        for (download, format) in readable {
            do {
                if let tree = try await self.download(download, format, from: cache, name, stated, &inspection) {
                    return tree
                }
            } catch let error as CancellationError {
                throw error
            } catch {
                troubles.append(error)
            }
        }
        // Where one file could be read, and is something else, that is what is told.
        guard let first = troubles.first, troubles.count == readable.count else { return nil }
        guard troubles.count > 1 else { throw first }
        throw CommandError(.badData, troubles.map { "\($0)" }.joined(separator: "; "))
    }

    /// Reads one of the files in which a server has a NAR.
    /// - Returns: Nil when it is not what the server states, which is noted.
    private func download(
        _ download: NarDownload, _ format: CompressionFormat, from cache: BinaryCache, _ name: String,
        _ stated: StorePathOutcome, _ inspection: inout Inspection
    ) async throws -> TreeContents? {
        let intake = try TreeIntake(format, limit: stated.narSize)
        guard let limit = NarDownload.largestFile(ofNarSize: stated.narSize) else {
            throw CommandError(.badData, "no NAR has \(stated.narSize) bytes")
        }
        let found: NarDigest?
        var tree: TreeContents?
        do {
            do {
                try await cache.downloadBytes(download.url, limit: limit) { bytes in
                    try Task.checkCancellation()
                    onBytes(bytes.count)
                    let isComplete = try await Blocking.run {
                        try intake.take(bytes)
                        return intake.isComplete
                    }
                    // Some servers neither announce a length nor close the connection.
                    if isComplete, format == .none { throw EndOfNar() }
                }
            } catch is EndOfNar {}
            (tree, found) = try await Blocking.run { try intake.finish() }
        } catch is NarTooLarge {
            found = nil
        } catch let trouble as SourceTrouble where trouble.kind == .tooLarge {
            found = nil
        }
        guard found == stated.narDigest else {
            let disagreement = Inspection.Disagreement(
                name: name, address: cache.address, stated: stated, found: found)
            // Once, in however many compressions.
            if !inspection.disagreements.contains(disagreement) { inspection.disagreements.append(disagreement) }
            return nil
        }
        return tree
    }
}

/// The NAR has come to its end, whatever the connection does.
private struct EndOfNar: Error {}

/// More came than the narinfo states.
private struct NarTooLarge: Error {}

/// Hashes and takes apart a NAR as it comes. One stream, one intake.
private final class TreeIntake: @unchecked Sendable {
    private let decompressor: Decompressor?
    private let limit: UInt64
    private var hasher = NarHasher()
    private var parser = NarParser(limits: TreeContents.limits)
    private var tree = TreeContents()

    /// For bytes that are no further encoded.
    init(limit: UInt64) {
        decompressor = nil
        self.limit = limit
    }

    /// - Parameter limit: Bytes of the NAR itself.
    init(_ format: CompressionFormat, limit: UInt64) throws {
        // One byte more is enough to know that it is another NAR.
        decompressor = try Decompressor(
            format, limits: DecompressionLimits(outputBytes: limit < .max ? limit + 1 : .max))
        self.limit = limit
    }

    /// Whether the NAR has come to its end.
    var isComplete: Bool { parser.isComplete }

    func take(_ bytes: [UInt8]) throws {
        try naming { try bytes.withUnsafeBytes { piece in try decompressor?.push(piece) { try take(plain: $0) } } }
    }

    func take(plain piece: UnsafeRawBufferPointer) throws {
        hasher.update(piece)
        guard hasher.size <= limit else { throw NarTooLarge() }
        try parser.push(piece, to: &tree)
    }

    func finish() throws -> (TreeContents, NarDigest) {
        try naming { try decompressor?.finish { try take(plain: $0) } }
        try parser.finish()
        return (tree, hasher.digest())
    }

    private func naming(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as CompressionError where error.code == .outputLimit {
            throw NarTooLarge()
        }
    }
}

extension StorePathOutcome {
    /// Hash and size.
    fileprivate var narDigest: NarDigest? {
        NarHash(narHash.bytes).map { NarDigest(hash: $0, size: narSize) }
    }
}
