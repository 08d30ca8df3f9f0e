/// Brings a log's entries to a mirror: the client's side of c2sp.org/tlog-mirror.
///
/// What is uploaded is read from tiles and verified against the checkpoint first, so a damaged copy is never passed on.
package struct MirrorUploader: Sendable {
    private let source: any TileSource
    private let destination: any MirrorDestination

    /// Packages in one request: what the specification recommends, since many hosts limit the size of a body.
    private static let packagesPerRequest = 32
    /// Packages that are read at the same time.
    private static let packagesAhead = 4
    /// Bytes after which a request takes no further packages.
    private static let bytesPerRequest = 8 << 20
    /// Answers in a row that brought nothing forward before giving up: others may upload at the same time.
    private static let patience = 6

    /// - Parameters:
    ///   - source: The log's tiles.
    ///   - destination: The mirror.
    package init(source: any TileSource, destination: any MirrorDestination) {
        self.source = source
        self.destination = destination
    }

    /// Makes the mirror hold everything below `checkpoint` and cosign it.
    ///
    /// - Returns: The mirror's signature lines, verified.
    /// - Throws: ``TransparencyLogError`` `.submission` when the mirror does not take it (it says why, or is ahead),
    ///   `.signature` or `.unsigned` when its answer is not signed by its key; what the source or the network throws.
    ///   What was uploaded until then stays there: calling again goes on from it.
    package func bring(_ checkpoint: VerifiedCheckpoint) async throws -> [NoteSignature] {
        let reader = TileReader(source: source, checkpoint: checkpoint)
        try await announce(checkpoint, reader)
        let lines = try await upload(checkpoint, reader)
        let cosigned = try checkpoint.adding(try NoteSignature.lines(parsing: lines), cosigners: [destination.key])
        let ours = cosigned.cosignatures.filter { $0.key == destination.key }.map(\.signature)
        guard !ours.isEmpty else {
            throw TransparencyLogError(.unsigned, "\(destination.key.name): the answer has no line of the mirror's key")
        }
        return ours
    }

    /// Makes the checkpoint the mirror's pending one.
    private func announce(_ checkpoint: VerifiedCheckpoint, _ reader: TileReader) async throws {
        var oldSize: UInt64 = 0
        for _ in 0..<Self.patience {
            let proof =
                oldSize == 0 || oldSize == checkpoint.size
                ? [] : try await reader.consistencyProof(from: oldSize)
            let request = AddCheckpointRequest(oldSize: oldSize, proof: proof, note: checkpoint.note)
            switch try await destination.addCheckpoint(request.bytes) {
            case .accepted: return
            case .conflict(let size) where size > checkpoint.size:
                throw refusal("is ahead: it knows a checkpoint of size \(size), this one has \(checkpoint.size)")
            case .conflict(let size): oldSize = size
            case .malformed(let why), .forbidden(let why), .unprocessable(let why): throw refusal(why)
            case .unknownLog: throw refusal("does not know the log \(checkpoint.origin)")
            case .tooMany(let seconds): throw refusal("asks to wait for \(seconds) s")
            }
        }
        throw refusal("told another size each time it was asked")
    }

    /// Uploads until the mirror signs. The first request has no entries: its answer says where to begin.
    private func upload(_ checkpoint: VerifiedCheckpoint, _ reader: TileReader) async throws -> [UInt8] {
        var start = checkpoint.size
        var ticket: [UInt8] = []
        var furthest: UInt64?
        var attempts = 0
        while attempts < Self.patience {
            try Task.checkCancellation()
            let body = try await request(checkpoint, from: start, ticket: ticket, reader)
            let info: MirrorInfo
            switch try await destination.addEntries(body) {
            case .cosigned(let lines): return lines
            case .accepted(let there), .conflict(let there): info = there
            case .malformed(let why), .unprocessable(let why): throw refusal(why)
            case .unknownLog: throw refusal("does not know the log \(checkpoint.origin)")
            }
            attempts = furthest.map { info.next > $0 } ?? true ? 0 : attempts + 1
            furthest = max(info.next, furthest ?? 0)
            if info.size == checkpoint.size { ticket = info.ticket }
            // A mirror that has more than this checkpoint needs nothing but to be asked for its signature.
            start = min(info.next, checkpoint.size)
        }
        throw refusal("takes no further entries: it stands at \(furthest ?? 0) of \(checkpoint.size)")
    }

    private func request(
        _ checkpoint: VerifiedCheckpoint, from start: UInt64, ticket: [UInt8], _ reader: TileReader
    ) async throws -> [UInt8] {
        let end = checkpoint.size
        var body = try AddEntriesHeader(origin: checkpoint.origin, start: start, end: end, ticket: ticket).bytes
        var ranges: [Range<UInt64>] = []
        while ranges.last?.upperBound ?? start < end, ranges.count < Self.packagesPerRequest {
            ranges.append(EntryPackage.range(from: ranges.last?.upperBound ?? start, upTo: end))
        }
        // Some at a time are read ahead, since a source may be far away.
        while !ranges.isEmpty, body.count < Self.bytesPerRequest {
            let next = ranges.prefix(Self.packagesAhead)
            ranges.removeFirst(next.count)
            let packages = try await withThrowingTaskGroup(of: (UInt64, [UInt8]).self) { group in
                for range in next { group.addTask { (range.lowerBound, try await package(range, reader)) } }
                var packages: [(UInt64, [UInt8])] = []
                for try await package in group { packages.append(package) }
                return packages.sorted { $0.0 < $1.0 }
            }
            for (_, bytes) in packages { body += bytes }
        }
        return body
    }

    private func package(_ range: Range<UInt64>, _ reader: TileReader) async throws -> [UInt8] {
        let bundle = try await reader.bundle(range.lowerBound / UInt64(TilePath.fullWidth))
        let skipped = Int(range.lowerBound - bundle.firstIndex)
        let count = Int(range.upperBound - range.lowerBound)
        guard bundle.entries.count >= skipped + count else {
            throw TransparencyLogError(.missing, "entries \(range.lowerBound) to \(range.upperBound - 1)")
        }
        let subtree = EntryPackage(range: range, entries: [], proof: []).subtree
        let package = EntryPackage(
            range: range, entries: Array(bundle.entries[skipped..<(skipped + count)]),
            proof: try await reader.subtreeProof(subtree))
        return try package.encoded()
    }

    private func refusal(_ why: String) -> TransparencyLogError {
        TransparencyLogError(.submission, "\(destination.key.name): \(why)")
    }
}
