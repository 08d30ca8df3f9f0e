internal import DurableFiles
internal import Glibc
internal import Synchronization

/// The writer of a log: gives entries their places, makes them durable, and publishes checkpoints.
///
/// Three threads and a task share the work. The journal's thread takes whatever has gathered while the disk was busy,
/// leaves out what is in the log already, and makes the rest durable with one sync: that is when submitters are
/// answered. Behind it one thread writes bundles and tiles and a second fills the index of hashes. The publisher has
/// the newest tree signed and cosigned, beside all that. Memory is bounded by the pool and by how far tiles may be
/// behind the journal.
package final class Sequencer: Sendable {
    let log: LogDirectory
    private let settings: SequencerSettings
    private let events: @Sendable (SequencerEvent) -> Void
    let pool: Monitor<SubmissionPool>
    private let backlog: Monitor<Backlog>
    let progress: Progress
    private let publisher: Publisher
    let leaves: LeafLookup
    let keys: HashIndex?
    private let wake: AsyncStream<Void>.Continuation
    // What `close` ends, once: set when the log is opened, taken when it is closed.
    private let running: Mutex<Running?>

    private struct Running {
        let threads: Task<Void, Never>
        let publishing: Task<Void, Never>
        let lock: WriterLock
    }

    private init(
        _ found: Found, settings: SequencerSettings, cosigners: [any CheckpointCosigner],
        believes: @escaping @Sendable (Set<NoteKey>) -> Bool, keysOf: (@Sendable ([UInt8]) -> [LogHash])?,
        events: @escaping @Sendable (SequencerEvent) -> Void
    ) {
        let recovered = found.recovered
        log = recovered.log
        self.settings = settings
        self.events = events
        leaves = recovered.leaves
        keys = recovered.keys
        let tree = recovered.tree
        let progress = Progress(durable: tree.size, published: recovered.published)
        let pool = Monitor(SubmissionPool())
        let backlog = Monitor(Backlog(integrated: recovered.integrator.edge.fullSize, indexed: tree.size))
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.progress = progress
        self.pool = pool
        self.backlog = backlog
        self.wake = wake
        if FileStatus(path: log.retiredFile) != nil { pool.with { $0.closed = Self.retired(recovered.log) } }
        publisher = Publisher(
            backlog: backlog, progress: progress, settings: settings, logKey: recovered.published.logKey,
            cosigners: cosigners, believes: believes, events: events)
        running = Mutex(nil)

        let threads = Task {
            await withTaskGroup { group in
                group.addTask {
                    await LogThread.run {
                        JournalWriter(
                            journal: found.recovered.journal, tree: tree, leaves: found.recovered.leaves, pool: pool,
                            backlog: backlog, settings: settings
                        ) { report in
                            switch report {
                            case .durable(let size):
                                progress.becameDurable(size)
                                wake.yield()
                            case .trouble(let what): Self.tell(what, .journal, progress, events)
                            }
                        }.run()
                    }
                }
                group.addTask {
                    await LogThread.run {
                        IntegratorLoop(integrator: found.recovered.integrator, backlog: backlog) { what in
                            Self.tell(what, .tiles, progress, events)
                        }.run()
                    }
                }
                group.addTask {
                    await LogThread.run {
                        IndexKeeper(
                            leaves: found.recovered.leaves, keys: found.recovered.keys, keysOf: keysOf ?? { _ in [] },
                            backlog: backlog, size: tree.size, isBehind: found.recovered.isIndexBehind
                        ).run()
                    }
                }
            }
        }
        let publishing = Task { [publisher] in
            await withTaskGroup { group in
                group.addTask {
                    do throws(TransparencyLogError) {
                        try await publisher.run(wakes: wakes)
                    } catch {
                        // Nothing may be signed any more, so nothing may be promised either.
                        pool.with { $0.closed = error }
                        _ = progress.trouble(.publishing, error.message)
                        progress.end(error)
                        events(.trouble(error.message))
                    }
                }
                group.addTask {
                    // Looks now and then whether the checkpoint has become old.
                    let pause = min(settings.republishAfter, .seconds(10))
                    while (try? await Task.sleep(for: pause)) != nil { wake.yield() }
                }
            }
        }
        running.withLock { $0 = Running(threads: threads, publishing: publishing, lock: recovered.lock) }
        if let event = recovered.event { events(event) }
        wake.yield()
    }

    // The parts of a recovered log go to one thread each, which is the only one that uses its part.
    private struct Found: @unchecked Sendable {
        let recovered: RecoveredLog
    }

    private static func tell(
        _ what: String?, _ part: Progress.Part, _ progress: Progress, _ events: @Sendable (SequencerEvent) -> Void
    ) {
        guard progress.trouble(part, what) else { return }
        events(what.map { .trouble($0) } ?? .recovered)
    }

    private static func retired(_ log: LogDirectory) -> TransparencyLogError {
        TransparencyLogError(.closed, "\(log.root): this log was retired and takes no more entries")
    }
}

extension Sequencer {
    /// Opens a log for writing: checks what is on the disk, finishes what a crash interrupted, asks the cosigners what
    /// they saw, and starts.
    ///
    /// - Parameters:
    ///   - directory: A log that ``LogDirectory/create(_:signer:)`` made.
    ///   - signer: The log's key; its name is the log's origin.
    ///   - cosigners: Witnesses and mirrors of other parties.
    ///   - believes: Whether a checkpoint that these cosigned may be published. With `believes([])` true nobody is
    ///     waited for.
    ///   - keysOf: What an entry can be found by, as digests; called on a thread of the sequencer's own, again for
    ///     entries after a crash.
    ///   - settings: Bounds and times.
    ///   - events: Called from several threads; must be quick.
    /// - Throws: `.busy` when another process writes the log, `.missing` when there is none, `.damage` when it
    ///   contradicts itself, `.rollback` when a cosigner has seen more of it, or something else.
    package static func open(
        _ directory: LogDirectory, signer: NoteSigner, cosigners: [any CheckpointCosigner] = [],
        believes: @escaping @Sendable (Set<NoteKey>) -> Bool = { _ in true },
        keysOf: (@Sendable ([UInt8]) -> [LogHash])? = nil, settings: SequencerSettings = SequencerSettings(),
        events: @escaping @Sendable (SequencerEvent) -> Void = { _ in }
    ) async throws(TransparencyLogError) -> Sequencer {
        let found = try await LogThread.run { () throws(TransparencyLogError) in
            Found(recovered: try RecoveredLog(directory, signer: signer, keysOf: keysOf))
        }
        let sequencer = Sequencer(
            found, settings: settings, cosigners: cosigners, believes: believes, keysOf: keysOf, events: events)
        do throws(TransparencyLogError) {
            try await sequencer.publisher.askNewest()
        } catch {
            await sequencer.close()
            throw error
        }
        return sequencer
    }

    /// Adds an entry, and returns when its place is fixed and on the disk. An entry that is there already keeps its
    /// place.
    ///
    /// - Throws: `.full` and `.unavailable` when it should be tried again later, `.closed` when never, `.limit` for
    ///   entries that no log can hold. After `.unavailable` the entry may be in the log all the same.
    package func add(_ entry: [UInt8]) async throws(TransparencyLogError) -> Sequenced {
        guard !entry.isEmpty, entry.count <= EntryBundle.maximumEntryByteCount else {
            throw TransparencyLogError(
                .limit, "an entry of \(entry.count) bytes: 1 to \(EntryBundle.maximumEntryByteCount) can be logged")
        }
        let leaf = MerkleHash.leaf(entry)
        let result: Result<Sequenced, TransparencyLogError> = await withUnsafeContinuation { answer in
            let submission = Submission(entry: entry, leaf: leaf, answer: answer)
            if let refusal = pool.signal({ $0.add(submission, settings) }) {
                answer.resume(returning: .failure(refusal))
            }
        }
        return try result.get()
    }

    /// Returns when the published checkpoint covers an entry. It can take as long as the witnesses do: whoever waits
    /// sets a limit by cancelling.
    package func published(_ index: UInt64) async throws {
        try await progress.wait(for: index)
    }

    /// Takes other cosigners from now on.
    package func setCosigners(
        _ cosigners: [any CheckpointCosigner], believes: @escaping @Sendable (Set<NoteKey>) -> Bool
    ) async {
        await publisher.set(cosigners, believes)
        wake.yield()
    }

    /// Ends the log's growth for ever, and returns when its last checkpoint is published. It goes on being cosigned as
    /// long as the sequencer runs, so that its readers see that it is not frozen.
    package func retire() async throws {
        try await LogThread.run { [log] () throws(TransparencyLogError) in
            try filing { () throws(FileFailure) in
                try WholeFile.replace(log.retiredFile, Array("retired\n".utf8), mode: 0o600)
            }
        }
        pool.with { $0.closed = Self.retired(log) }
        while !pool.with({ $0.isIdle }) { try await Task.sleep(for: .milliseconds(10)) }
        if progress.durable > 0 { try await published(progress.durable - 1) }
    }

    /// Ends the sequencer: what was taken is made durable and put into tiles, and the lock is given back. Who still
    /// waits for a checkpoint is told that there will be none from here.
    package func close() async {
        guard
            let running = running.withLock({ running in
                defer { running = nil }
                return running
            })
        else { return }
        pool.signal { pool in
            pool.closed = pool.closed ?? TransparencyLogError(.closed, "the log is being closed")
            pool.isEnding = true
        }
        backlog.signal { $0.isClosing = true }
        running.publishing.cancel()
        wake.finish()
        await running.publishing.value
        await running.threads.value
        progress.end(TransparencyLogError(.closed, "the log was closed before it published that entry"))
        running.lock.release()
    }
}
