internal import HTTPTypes
internal import HummingbirdCore
internal import Observability
internal import TransparencyLog

/// `/log`: a tiled log for everyone, and `add` for its builders.
struct LogRoutes: Sendable {
    let part: LogPart
    private let limits: LogServerLimits
    private let lists: RequestGate

    init(part: LogPart, limits: LogServerLimits) {
        self.part = part
        self.limits = limits
        lists = RequestGate(limits.listUploads)
    }

    func get(_ path: [Substring]) async throws -> Response? {
        switch (path.first, path.count) {
        case ("checkpoint", 1): return LogAnswers.fresh(part.sequencer.checkpoint().note.bytes)
        case ("tile", _): return try await LogTiles.response(path, in: part.directory.root)
        case ("references", 2): return try await list(.references, path[1])
        case ("inputs", 2): return try await list(.inputs, path[1])
        case ("proof", 2): return try await proof(path[1])
        case ("by-subject", 2), ("by-key", 2): return await indexes(path[1])
        default: return nil
        }
    }

    func post(_ path: [Substring], query: String?, _ body: BodyReader) async throws -> Response? {
        switch (path.first, path.count) {
        case ("add", 1):
            switch query {
            case nil, "wait=1": return try await add(body, waits: true)
            case "wait=0": return try await add(body, waits: false)
            default: return LogAnswers.words(.badRequest, "the one question that 'add' knows is 'wait=0'")
            }
        case ("references", 2): return try await put(.references, path[1], body)
        case ("inputs", 2): return try await put(.inputs, path[1], body)
        default: return nil
        }
    }

    /// Sets the gauges that follow the log.
    func measure(_ metrics: PrometheusRegistry) {
        let status = part.sequencer.status
        metrics.gauge("quorate_log_durable_entries", help: "Entries on this log's disk.").set(Int(status.durableSize))
        metrics.gauge("quorate_log_published_entries", help: "Entries that this log's checkpoint covers.")
            .set(Int(status.publishedSize))
        metrics.gauge("quorate_log_pending_entries", help: "Entries that wait to be written.").set(
            status.pendingEntries)
        metrics.gauge("quorate_log_troubled", help: "1 while this log takes or publishes nothing.")
            .set(status.trouble == nil ? 0 : 1)
    }

    // MARK: Writing

    /// `POST add`: the body is the entry, the answer its index.
    private func add(_ body: BodyReader, waits: Bool) async throws -> Response {
        let entry = try await body.whole(limit: limits.entryBytes)
        switch await part.admit(entry) {
        case .admitted: break
        case .malformed(let why): return LogAnswers.words(.badRequest, why)
        case .forbidden(let why): return LogAnswers.words(.forbidden, why)
        case .tooMany(let seconds): return LogAnswers.words(.tooManyRequests, "too many", retryAfter: seconds)
        }
        let index: UInt64
        do throws(TransparencyLogError) {
            index = try await part.sequencer.add(entry).index
        } catch {
            return LogAnswers.response(to: error)
        }
        part.accept(entry)
        if waits, await !isPublished(index) {
            // Adding it again gives the same index, so coming again is all there is to do.
            return LogAnswers.words(
                .serviceUnavailable, "entry \(index) is on the disk, and no published checkpoint covers it yet",
                retryAfter: 5)
        }
        return LogAnswers.fresh(Array("\(index)\n".utf8))
    }

    /// Waits for a checkpoint that covers an entry, but not for ever.
    private func isPublished(_ index: UInt64) async -> Bool {
        if index < part.sequencer.checkpoint().size { return true }
        let (sequencer, patience) = (part.sequencer, limits.publishPatience)
        return await withTaskGroup(of: Bool.self) { group in
            group.addTask { (try? await sequencer.published(index)) != nil }
            group.addTask {
                try? await Task.sleep(for: patience)
                return false
            }
            let isPublished = await group.next() ?? false
            group.cancelAll()
            return isPublished
        }
    }

    /// A list that an entry of the log names by its digest; nobody else's.
    private func put(
        _ kind: LogDirectory.ListKind, _ name: Substring, _ body: BodyReader
    ) async throws -> Response? {
        guard let digest = LogHash(hex: String(name)) else { return nil }
        return try await lists.enter {
            guard await part.isNamed(digest) else {
                return LogAnswers.words(.forbidden, "no entry names this list: add the entry first")
            }
            let bytes = try await body.whole(limit: limits.listBytes)
            guard part.digest(of: bytes) == digest else {
                return LogAnswers.words(.badRequest, "these bytes have another SHA-256 than their name")
            }
            let directory = part.directory
            do throws(TransparencyLogError) {
                _ = try await LogThread.run { () throws(TransparencyLogError) in try directory.keepList(kind, bytes) }
            } catch {
                return LogAnswers.response(to: error)
            }
            return LogAnswers.words(.ok, "kept")
        } ?? LogAnswers.busy
    }

    // MARK: Reading

    private func list(_ kind: LogDirectory.ListKind, _ name: Substring) async throws -> Response? {
        guard let digest = LogHash(hex: String(name)) else { return nil }
        return try await StaticFile.response(part.directory.listFile(kind, digest), type: LogAnswers.plain)
    }

    /// The proof file of an entry, with the entry in it (c2sp.org/tlog-proof).
    private func proof(_ name: Substring) async throws -> Response? {
        guard let index = StrictText.decimal(name.utf8), let entry = try await part.sequencer.entry(index) else {
            return nil
        }
        let bare = try await part.sequencer.inclusionProof(of: index)
        let proof = try TlogProof(extra: entry, index: index, hashes: bare.hashes, checkpoint: bare.checkpoint)
        return LogAnswers.fresh(proof.bytes)
    }

    private func indexes(_ name: Substring) async -> Response? {
        guard let key = LogHash(hex: String(name)) else { return nil }
        let indexes = await part.indexes(of: key)
        return indexes.isEmpty ? nil : LogAnswers.fresh(Array(indexes.map { "\($0)\n" }.joined().utf8))
    }
}

/// Tiles and bundles of a folder that is laid out as tlog-tiles has it.
enum LogTiles {
    /// The answer to `tile/…` below a folder; nil for what is not there, and for every spelling but the one.
    static func response(_ path: [Substring], in root: String) async throws -> Response? {
        guard path.count <= 16, let tile = try? TilePath(parsing: path.joined(separator: "/")) else { return nil }
        return try await StaticFile.response("\(root)/\(tile.text)", type: "application/octet-stream")
    }
}
