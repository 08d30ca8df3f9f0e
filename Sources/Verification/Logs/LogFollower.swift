internal import ClaimSources
internal import Ledger
internal import Quorum
internal import TransparencyLog

/// Follows one log: from its checkpoint to claims in the ledger.
///
/// A checkpoint is believed when the log signed it, enough of the policy's witnesses cosigned it, and the tree that was
/// believed before is a part of it. It is remembered before any claim below it is recorded, so that nothing that was
/// once relied on can be taken back unnoticed.
struct LogFollower: Sendable {
    let log: FollowedLog
    let policy: Policy
    let cosigners: [NoteKey]
    let sources: [LogTileSource]
    let memory: LogMemory
    let ledger: any Ledger
    let reader: LogEntryReader
    let now: @Sendable () -> Timestamp

    /// What one address showed.
    private enum Sighting {
        /// To be believed; not older than what was remembered.
        case believed(VerifiedCheckpoint)
        case contradiction(LogEvidence)
        case unbelieved(String)
    }

    /// Asks the log's addresses in order until one shows something to believe, and reads what is new there.
    /// - Parameter believed: Told the newest checkpoint once it is remembered.
    func follow(
        _ options: FollowOptions, believed: @Sendable (VerifiedCheckpoint) -> Void
    ) async -> LogStatus {
        if let fork = memory.fork(of: log.origin) { return LogStatus(log, .forked, fork) }
        let remembered: VerifiedCheckpoint?
        do throws(StateFileError) {
            remembered = try recall()
        } catch {
            return LogStatus(log, .unreachable, "\(error)")
        }
        var status = LogStatus(log, .unreachable)
        var rollback: LogEvidence?
        for source in sources {
            do {
                let sighting: Sighting = try await look(at: source, remembered)
                switch sighting {
                case .contradiction(let evidence) where evidence.kind == .fork:
                    let place = memory.keep(evidence)
                    return LogStatus(
                        log, .forked, evidence.why + (place.map { "; evidence: \($0)" } ?? "; not kept: no state"))
                case .contradiction(let evidence): rollback = rollback ?? evidence
                case .unbelieved(let why):
                    (status.standing, status.message) = (.unbelieved, "\(source.address): \(why)")
                case .believed(let checkpoint):
                    memory.keep(setback: nil, of: log.origin)
                    let trouble = memory.keep(checkpoint.note, of: log.origin)
                    believed(checkpoint)
                    status = LogStatus(log, .behind, trouble)
                    try await read(checkpoint, from: source, into: &status, options)
                    return status
                }
            } catch {
                status.message = status.message.map { "\($0); \(describe(error))" } ?? describe(error)
            }
        }
        if let rollback {
            let place = memory.keep(rollback)
            let why = rollback.why + (place.map { "; evidence: \($0)" } ?? "")
            memory.keep(setback: why, of: log.origin)
            return LogStatus(log, .rolledBack, why)
        }
        return status
    }

    /// The checkpoint that was remembered, with its signatures checked anew under today's policy.
    func recall() throws(StateFileError) -> VerifiedCheckpoint? {
        guard let note = try memory.checkpoint(of: log.origin) else { return nil }
        do {
            return try verify(note)
        } catch {
            throw StateFileError(
                "the remembered checkpoint of \(log.origin) does not verify (\(error.message)): damaged, or kept under "
                    + "another key of that name")
        }
    }

    func verify(_ note: SignedNote) throws(TransparencyLogError) -> VerifiedCheckpoint {
        try VerifiedCheckpoint(note, origin: log.origin, logKey: log.noteKey, cosigners: cosigners)
    }

    /// Compares what an address shows with what is remembered.
    private func look(at source: LogTileSource, _ remembered: VerifiedCheckpoint?) async throws -> Sighting {
        let seen = try verify(try SignedNote(parsing: try await source.checkpoint()))
        if let remembered {
            let evidence = try await contradiction(remembered, seen, source)
            if let evidence { return .contradiction(evidence) }
        }
        let quorum = policy.quorumTime(of: seen, now: now())
        guard quorum != .unmet else {
            return .unbelieved("its checkpoint is not cosigned by the witnesses that the policy asks for")
        }
        // The same tree, and cosignatures that are older than those at hand: nothing to learn.
        if let remembered, remembered.size == seen.size, remembered.root == seen.root {
            if case .at(let old) = policy.quorumTime(of: remembered, now: now()), case .at(let new) = quorum, new < old
            {
                return .believed(remembered)
            }
        }
        return .believed(seen)
    }

    /// What in `seen` takes back what was remembered; nil when nothing does.
    /// - Throws: What keeps the two from being compared: then nothing is known of `seen`.
    func contradiction(
        _ remembered: VerifiedCheckpoint, _ seen: VerifiedCheckpoint, _ source: LogTileSource
    ) async throws -> LogEvidence? {
        func evidence(_ kind: LogEvidence.Kind, _ why: String, _ proof: [LogHash] = []) -> LogEvidence {
            LogEvidence(
                kind: kind, origin: log.origin, remembered: remembered.note, seen: seen.note, proof: proof,
                why: "\(source.address): \(why)")
        }
        if seen.size == remembered.size {
            guard seen.root != remembered.root else { return nil }
            return evidence(.fork, "it has shown two trees of \(seen.size) entries")
        }
        if seen.size < remembered.size {
            // Whether the smaller tree is a part of the larger can be told only while the larger can be read.
            let reader = TileReader(source: source, checkpoint: remembered)
            if seen.size > 0, let root = try? await reader.hash(of: 0..<seen.size), root != seen.root {
                let proof = (try? await reader.consistencyProof(from: seen.size)) ?? []
                return evidence(
                    .fork, "its tree of \(seen.size) entries is no part of the tree of \(remembered.size) shown before",
                    proof)
            }
            return evidence(
                .rollback, "it shows \(seen.size) entries where it has shown \(remembered.size) before")
        }
        guard remembered.size > 0 else { return nil }
        let reader = TileReader(source: source, checkpoint: seen)
        guard try await reader.hash(of: 0..<remembered.size) != remembered.root else { return nil }
        return evidence(
            .fork, "its tree of \(seen.size) entries does not hold the tree of \(remembered.size) shown before",
            (try? await reader.consistencyProof(from: remembered.size)) ?? [])
    }

    func describe(_ error: any Error) -> String {
        switch error {
        case let error as TransparencyLogError: error.message
        case let error as LedgerError: error.message
        default: "\(error)"
        }
    }
}
