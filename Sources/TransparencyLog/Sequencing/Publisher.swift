/// Signs, has cosigned and publishes checkpoints, beside the batches and never within them.
///
/// It signs nothing before as many cosigners as publishing needs have said what they saw last: a log that was restored
/// from a backup would otherwise sign a second tree of a size that was signed already.
actor Publisher {
    private let backlog: Monitor<Backlog>
    private let progress: Progress
    private let settings: SequencerSettings
    private let logKey: NoteKey
    private let events: @Sendable (SequencerEvent) -> Void
    private var cosigners: [any CheckpointCosigner]
    private var believes: @Sendable (Set<NoteKey>) -> Bool
    /// What each cosigner saw last, as far as known; one that is not here has not answered yet.
    private var sizes: [NoteKey: UInt64] = [:]
    private var publishedAt: ContinuousClock.Instant?
    /// Others are to be asked than those who were.
    private var hasOthers = false

    init(
        backlog: Monitor<Backlog>, progress: Progress, settings: SequencerSettings, logKey: NoteKey,
        cosigners: [any CheckpointCosigner], believes: @escaping @Sendable (Set<NoteKey>) -> Bool,
        events: @escaping @Sendable (SequencerEvent) -> Void
    ) {
        self.backlog = backlog
        self.progress = progress
        self.settings = settings
        self.logKey = logKey
        self.cosigners = cosigners
        self.believes = believes
        self.events = events
    }

    func set(_ cosigners: [any CheckpointCosigner], _ believes: @escaping @Sendable (Set<NoteKey>) -> Bool) {
        self.cosigners = cosigners
        self.believes = believes
        hasOthers = true
    }

    /// Publishes whenever something was added, and from time to time although nothing was, until cancelled or until
    /// the log turns out to be behind what it signed.
    func run(wakes: AsyncStream<Void>) async throws(TransparencyLogError) {
        var pause = settings.retryAfter
        var wakes = wakes.makeAsyncIterator()
        while !Task.isCancelled {
            if !isDue { _ = await wakes.next(isolation: self) }
            guard !Task.isCancelled else { return }
            guard isDue else { continue }
            if let publishedAt { try? await Task.sleep(until: publishedAt + settings.publishEvery) }
            do throws(TransparencyLogError) {
                try await publish()
                pause = settings.retryAfter
            } catch {
                guard !Task.isCancelled else { return }
                guard error.code != .rollback, error.code != .closed, error.code != .damage else { throw error }
                if progress.trouble(.publishing, error.message) { events(.trouble(error.message)) }
                try? await Task.sleep(for: pause)
                pause = min(pause * 2, .seconds(30))
            }
        }
    }

    private var isDue: Bool {
        if progress.durable > progress.published.size { return true }
        // A checkpoint that nobody cosigns does not age.
        guard !cosigners.isEmpty else { return false }
        guard let publishedAt, !hasOthers else { return true }
        let cosigned = Set(progress.published.cosignatures.map(\.key))
        // One that could not be reached, or does not know the log yet, is asked again sooner.
        let isWhole = cosigners.allSatisfy { cosigned.contains($0.key) }
        let pause = isWhole ? settings.republishAfter : min(settings.republishAfter, settings.completeAfter)
        return publishedAt + pause <= .now
    }

    /// Asks those cosigners that have not said it yet what they saw last.
    ///
    /// - Throws: `.rollback` when one of them has this log's own signature on a tree that is larger than any that is
    ///   known to have been signed here, or on another tree.
    func askNewest() async throws(TransparencyLogError) {
        let silent = cosigners.filter { sizes[$0.key] == nil }
        guard !silent.isEmpty else { return }
        let deadline = settings.cosignerDeadline
        let origin = logKey.name
        let answers = await withTaskGroup { group in
            for cosigner in silent {
                group.addTask {
                    (cosigner.key, await within(deadline) { try await cosigner.newest(origin: origin) })
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        for (key, answer) in answers {
            switch answer {
            case .success(.none): sizes[key] = 0
            case .success(.some(let note)): try await compare(note, from: key)
            case .failure(let error): events(.cosigner(key, "does not say what it saw last: \(error)"))
            }
        }
    }

    private func compare(_ note: SignedNote, from key: NoteKey) async throws(TransparencyLogError) {
        let seen: VerifiedCheckpoint
        do throws(TransparencyLogError) {
            seen = try VerifiedCheckpoint(note, logKey: logKey, cosigners: [key])
        } catch {
            // Without this log's signature it proves nothing, and must not stop the log.
            events(.cosigner(key, "its newest checkpoint is none of this log: \(error.message)"))
            return
        }
        try await backlog.integrating { (integrator) throws(TransparencyLogError) in
            try integrator.compare(seen.checkpoint, from: key.name)
        }
        sizes[key] = seen.size
    }

    private func publish() async throws(TransparencyLogError) {
        hasOthers = false
        try await askNewest()
        let current = cosigners
        let answered = Set(current.map(\.key).filter { sizes[$0] != nil })
        guard current.isEmpty || believes(answered) else {
            throw TransparencyLogError(
                .unavailable, "checkpoints wait: too few cosigners say what they saw last (\(answered.count) do)")
        }
        let signed = try await backlog.integrating { (integrator) throws(TransparencyLogError) in
            try integrator.sign()
        }
        // What cosigned the same tree before stays until it is cosigned anew.
        let published = progress.published
        let start = published.checkpoint == signed.checkpoint ? published : signed
        var round = CosigningRound(checkpoint: start, believes: believes)
        if round.isBelieved { try await put(&round) }
        try await cosign(current, &round)
        guard round.isPublished else {
            throw TransparencyLogError(
                .unavailable,
                "checkpoints wait: \(round.checkpoint.cosignatures.count) of \(current.count) cosigners signed, "
                    + "which is not enough")
        }
        publishedAt = .now
    }

    private func put(_ round: inout CosigningRound) async throws(TransparencyLogError) {
        let checkpoint = round.checkpoint
        try await backlog.integrating { (integrator) throws(TransparencyLogError) in
            try integrator.publish(checkpoint)
        }
        round.isPublished = true
        round.isChanged = false
        publishedAt = .now
        if progress.trouble(.publishing, nil) { events(.recovered) }
        progress.published(checkpoint)
        events(.published(checkpoint))
    }

    private func cosign(
        _ cosigners: [any CheckpointCosigner], _ round: inout CosigningRound
    ) async throws(TransparencyLogError) {
        guard !cosigners.isEmpty else { return }
        let signed = round.checkpoint
        let (stream, answers) = AsyncStream.makeStream(of: CosigningRound.Event.self)
        let (deadline, grace) = (settings.cosignerDeadline, settings.cosignerGrace)
        var failure: TransparencyLogError?
        await withTaskGroup { group in
            for cosigner in cosigners {
                let size = sizes[cosigner.key] ?? 0
                group.addTask { [backlog] in
                    let answer = await within(deadline) {
                        try await Self.ask(cosigner, size, signed, backlog)
                    }
                    answers.yield(.answer(cosigner.key, answer))
                }
            }
            group.addTask {
                // Ends with the group.
                while (try? await Task.sleep(for: grace)) != nil { answers.yield(.tick) }
            }
            var waiting = cosigners.count
            var isOverdue = false
            events: for await event in stream {
                switch event {
                case .answer(let key, let answer):
                    waiting -= 1
                    take(answer, of: key, &round)
                    guard round.isChanged && round.isBelieved else { break }
                    do throws(TransparencyLogError) {
                        try await put(&round)
                    } catch {
                        failure = error
                        break events
                    }
                case .tick:
                    // Slow cosigners may go on as long as nothing new waits for its checkpoint.
                    guard round.isPublished && progress.durable > signed.size else { break }
                    if isOverdue { break events }
                    isOverdue = true
                }
                if waiting == 0 { break }
            }
            group.cancelAll()
        }
        if let failure { throw failure }
    }

    private func take(
        _ answer: Result<(lines: [NoteSignature], size: UInt64), any Error>, of key: NoteKey,
        _ round: inout CosigningRound
    ) {
        do {
            let (lines, _) = try answer.get()
            sizes[key] = round.checkpoint.size
            try round.add(lines, of: key)
        } catch let error as ConflictingCosigner {
            // It is asked again what it saw; its 409 alone is nobody's signature.
            sizes[key] = nil
            events(.cosigner(key, "says that it saw \(error.size) entries already"))
        } catch {
            events(.cosigner(key, "did not cosign: \(error)"))
        }
    }

    /// Asks one cosigner, again when it has seen another size than was thought.
    private static func ask(
        _ cosigner: any CheckpointCosigner, _ size: UInt64, _ checkpoint: VerifiedCheckpoint,
        _ backlog: Monitor<Backlog>
    ) async throws -> (lines: [NoteSignature], size: UInt64) {
        var size = size
        for _ in 0..<3 {
            guard size <= checkpoint.size else { throw ConflictingCosigner(size: size) }
            let old = size
            let proof = try await backlog.integrating { (integrator) throws(TransparencyLogError) in
                try integrator.consistency(from: old, to: checkpoint.size)
            }
            switch try await cosigner.cosign(CosignRequest(oldSize: old, proof: proof, checkpoint: checkpoint)) {
            case .cosigned(let lines): return (lines, checkpoint.size)
            case .conflict(let seen): size = seen
            }
        }
        throw ConflictingCosigner(size: size)
    }
}
