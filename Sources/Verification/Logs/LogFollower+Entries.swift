internal import ClaimSources
internal import Ledger
internal import Quorum
internal import TransparencyLog

extension LogFollower {
    /// Bundles of 256 entries that are fetched and checked at a time. A bundle of the largest entries has 17 MB.
    private static let bundlesInFlight = 8
    /// Claims recorded together: a commit waits for the disk, and takes this many in half a second.
    private static let claimsInBatch = 16_384
    /// Bundles after which the position is recorded although there were few claims.
    private static let bundlesInBatch: UInt64 = 256
    /// Entries waited for that are tried again in one pass.
    private static let retries = 256

    /// Records the claims of the entries that were not read yet.
    ///
    /// Every bundle is checked against the checkpoint by itself, so what was recorded stays when the rest fails.
    /// - Parameter status: Says afterwards how far it went, also when an error is thrown.
    func read(
        _ checkpoint: VerifiedCheckpoint, from source: LogTileSource, into status: inout LogStatus,
        _ options: FollowOptions
    ) async throws {
        status.size = checkpoint.size
        if case .at(let time) = policy.quorumTime(of: checkpoint, now: now()) {
            status.witnessedAt = Timestamp(secondsSince1970: Int64(clamping: time))
        }
        var positions = try await ledger.positions(inLog: log.key)
        for key in log.wanted {
            // A ledger that has read further than the tree goes belongs to another history: all is read again.
            if positions[key, default: 0] > checkpoint.size { positions[key] = 0 }
        }
        let start = log.wanted.map { positions[$0, default: 0] }.min() ?? checkpoint.size
        status.read = start
        let tiles = TileReader(source: source, checkpoint: checkpoint)
        try await retryPending(tiles, source, size: checkpoint.size, into: &status, options)
        guard start < checkpoint.size else {
            status.standing = .current
            return
        }
        let newBefore = status.newClaims
        var recorder = ClaimRecorder(ledger: ledger, log: log, positions: positions, options: options)
        let failure = await forEachBundle(tiles, source, start..<checkpoint.size, positions) { part in
            status.unlistedEntries += part.unlisted
            status.refusedEntries += part.refused
            status.refusal = status.refusal ?? part.refusal
            // Before the position moves past them.
            if !part.missing.isEmpty {
                memory.keep(pending: memory.pending(of: log.origin) + part.missing, of: log.origin)
            }
            try await recorder.add(part, limit: Self.claimsInBatch, bundles: Self.bundlesInBatch)
            options.onProgress?(part.end, checkpoint.size)
        }
        do {
            try await recorder.finish()
        } catch {
            (status.read, status.newClaims) = (max(start, recorder.recorded), newBefore + recorder.count)
            throw error
        }
        (status.read, status.newClaims) = (max(start, recorder.recorded), newBefore + recorder.count)
        status.pendingEntries = memory.pending(of: log.origin).count
        if let failure { throw failure }
        status.standing = .current
    }

    /// What one bundle came to.
    struct Part: Sendable {
        /// The index behind the bundle's last entry.
        let end: UInt64
        var claims: [NewClaim] = []
        var unlisted = 0
        var refused = 0
        var refusal: String?
        /// Entries whose list of references could not be had.
        var missing: [UInt64] = []
    }

    /// Fetches, checks and reads bundles at the same time, and hands over what they came to in order.
    /// - Returns: What ended it early.
    private func forEachBundle(
        _ tiles: TileReader, _ source: LogTileSource, _ range: Range<UInt64>, _ positions: [KeyIdentity: UInt64],
        _ body: (Part) async throws -> Void
    ) async -> (any Error)? {
        let width = UInt64(TilePath.fullWidth)
        let (first, last) = (range.lowerBound / width, (range.upperBound - 1) / width)
        do {
            try await withThrowingTaskGroup(of: (UInt64, Part).self) { group in
                var (started, handed) = (first, first)
                var waiting: [UInt64: Part] = [:]
                while handed <= last {
                    while started <= last, started - handed < UInt64(Self.bundlesInFlight) {
                        let number = started
                        group.addTask { (number, try await part(number, tiles, source, range, positions)) }
                        started += 1
                    }
                    if let part = waiting.removeValue(forKey: handed) {
                        try await body(part)
                        handed += 1
                    } else if let (number, part) = try await group.next() {
                        waiting[number] = part
                    }
                }
            }
            return nil
        } catch {
            return error
        }
    }

    private func part(
        _ number: UInt64, _ tiles: TileReader, _ source: LogTileSource, _ range: Range<UInt64>,
        _ positions: [KeyIdentity: UInt64]
    ) async throws -> Part {
        let bundle = try await tiles.bundle(number)
        let time = now()
        var part = Part(end: min(bundle.firstIndex + UInt64(bundle.entries.count), range.upperBound))
        part.claims.reserveCapacity(bundle.entries.count)
        for (offset, leaf) in bundle.entries.enumerated() {
            let index = bundle.firstIndex + UInt64(offset)
            guard range.contains(index) else { continue }
            switch await reader.read(leaf, index: index, at: time, listsFrom: source) {
            case .claims(let claims):
                for claim in claims where positions[claim.key, default: 0] <= index {
                    part.claims.append(NewClaim(claim: claim, evidence: leaf))
                }
            case .unlisted: part.unlisted += 1
            case .refused(let why):
                part.refused += 1
                part.refusal = part.refusal ?? "entry \(index): \(why)"
            case .incomplete: part.missing.append(index)
            }
        }
        return part
    }

    /// Tries entries again whose list of references could not be had.
    private func retryPending(
        _ tiles: TileReader, _ source: LogTileSource, size: UInt64, into status: inout LogStatus,
        _ options: FollowOptions
    ) async throws {
        let pending = memory.pending(of: log.origin)
        guard !pending.isEmpty else { return }
        var left = Array(pending.dropFirst(Self.retries))
        var batch = LedgerBatch()
        for index in pending.prefix(Self.retries) where index < size {
            let leaf = try await tiles.entry(index)
            switch await reader.read(leaf, index: index, at: now(), listsFrom: source) {
            case .claims(let claims): batch.claims += claims.map { NewClaim(claim: $0, evidence: leaf) }
            // The end of the queue, so that the next pass tries others first.
            case .incomplete: left.append(index)
            case .unlisted, .refused: continue
            }
        }
        try await options.record(batch, in: ledger)
        memory.keep(pending: left, of: log.origin)
        status.newClaims += batch.claims.count
        status.pendingEntries = left.count
    }
}

extension FollowOptions {
    /// Records a batch, and tells before and after.
    fileprivate func record(_ batch: LedgerBatch, in ledger: any Ledger) async throws {
        let claims = beforeRecording == nil && onClaims == nil ? [] : batch.claims.map(\.claim)
        if !claims.isEmpty { try await beforeRecording?(claims) }
        try await ledger.record(batch)
        if !claims.isEmpty { await onClaims?(claims) }
    }
}

/// Records claims in large batches, one of them on its way to the disk while the next is gathered.
private struct ClaimRecorder {
    let ledger: any Ledger
    let log: FollowedLog
    let positions: [KeyIdentity: UInt64]
    let options: FollowOptions

    /// Everything before this index is recorded.
    private(set) var recorded: UInt64 = 0
    /// Claims recorded.
    private(set) var count = 0

    private var claims: [NewClaim] = []
    private var end: UInt64 = 0
    private var bundles: UInt64 = 0
    private var underWay: (task: Task<Void, any Error>, end: UInt64, count: Int)?

    init(ledger: any Ledger, log: FollowedLog, positions: [KeyIdentity: UInt64], options: FollowOptions) {
        self.ledger = ledger
        self.log = log
        self.positions = positions
        self.options = options
    }

    mutating func add(_ part: LogFollower.Part, limit: Int, bundles most: UInt64) async throws {
        claims += part.claims
        end = part.end
        bundles += 1
        if claims.count >= limit || bundles >= most { try await flush() }
    }

    mutating func finish() async throws {
        if bundles > 0 { try await flush() }
        try await settle()
    }

    private mutating func flush() async throws {
        try await settle()
        var batch = LedgerBatch(claims: claims)
        let end = end
        batch.positions = log.wanted.map {
            LogPosition(log: log.key, builder: $0, next: max(end, positions[$0, default: 0]))
        }
        let (ledger, options, ready) = (ledger, options, batch)
        underWay = (Task { try await options.record(ready, in: ledger) }, end, claims.count)
        claims = []
        bundles = 0
    }

    private mutating func settle() async throws {
        guard let (task, end, count) = underWay else { return }
        underWay = nil
        try await task.value
        recorded = end
        self.count += count
    }
}
