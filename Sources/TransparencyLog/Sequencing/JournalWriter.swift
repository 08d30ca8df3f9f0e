internal import DurableFiles

/// Gives entries their places: the thread between submitters and the journal.
///
/// While one batch is on its way to the disk the next one gathers, so that batches are as small as the disk is fast and
/// as large as the load demands. Used by one thread.
final class JournalWriter {
    private let journal: Journal
    private var tree: Frontier
    private let leaves: LeafLookup
    private let pool: Monitor<SubmissionPool>
    private let backlog: Monitor<Backlog>
    private let settings: SequencerSettings
    /// Told of every batch that is durable, and of trouble.
    private let report: @Sendable (JournalReport) -> Void
    private var isTroubled = false

    /// How long no new attempt is made after the disk refused one.
    private static let pause = Duration.milliseconds(500)

    init(
        journal: Journal, tree: Frontier, leaves: LeafLookup, pool: Monitor<SubmissionPool>, backlog: Monitor<Backlog>,
        settings: SequencerSettings, report: @escaping @Sendable (JournalReport) -> Void
    ) {
        self.journal = journal
        self.tree = tree
        self.leaves = leaves
        self.pool = pool
        self.backlog = backlog
        self.settings = settings
        self.report = report
    }

    /// Works until the pool ends.
    func run() {
        while let batch = next() { write(batch) }
        backlog.signal { $0.isEnding = true }
    }

    private func next() -> [Submission]? {
        let batch = pool.wait { pool -> [Submission]?? in
            if let batch = pool.take() { return .some(batch) }
            return pool.isEnding ? .some(nil) : nil
        }
        guard let batch else { return nil }
        // Entries that are durable and not yet in tiles are held in memory: this is what bounds them.
        backlog.wait { [settings] backlog -> Void? in
            backlog.byteCount <= settings.backlogBytes || backlog.isClosing ? () : nil
        }
        return batch
    }

    private func write(_ submissions: [Submission]) {
        journal.drop(below: backlog.with { $0.integrated })
        var builder = EntryBatchBuilder(
            behind: tree, reserving: submissions.reduce(0) { $0 + $1.entry.count + 2 })
        var inBatch: [LogHash: UInt64] = [:]
        inBatch.reserveCapacity(submissions.count)
        // Those that wait for this batch, and the place of each in it.
        var answers: [(submission: Submission, sequenced: Sequenced)] = []
        answers.reserveCapacity(submissions.count)
        for submission in submissions {
            if let index = inBatch[submission.leaf] {
                answers.append((submission, Sequenced(index: index, isDuplicate: true)))
            } else if let index = leaves.find(submission.leaf) {
                submission.answer.resume(returning: .success(Sequenced(index: index, isDuplicate: true)))
            } else {
                inBatch[submission.leaf] = builder.next
                answers.append((submission, Sequenced(index: builder.next, isDuplicate: false)))
                builder.append(submission.entry, leaf: submission.leaf)
            }
        }
        do throws(TransparencyLogError) {
            if builder.count > 0 {
                let segment = try journal.prepare(behind: tree)
                let (batch, grown) = builder.finish(segment: segment)
                try journal.append(batch.record)
                tree = grown
                leaves.recent.add(batch.leaves)
                backlog.signal { $0.add(batch) }
                if isTroubled { settle(nil) }
                report(.durable(size: grown.size))
            }
            for answer in answers { answer.submission.answer.resume(returning: .success(answer.sequenced)) }
        } catch {
            settle(error.message)
            let refusal = TransparencyLogError(.unavailable, "the log takes no entries now: \(error.message)")
            for answer in answers { answer.submission.answer.resume(returning: .failure(refusal)) }
        }
        pool.with { $0.isWriting = false }
    }

    private func settle(_ trouble: String?) {
        isTroubled = trouble != nil
        pool.with { $0.trouble = trouble.map { ($0, .now + Self.pause) } }
        report(.trouble(trouble))
    }
}

/// What the journal's thread tells.
enum JournalReport: Sendable {
    /// So many entries are durable.
    case durable(size: UInt64)
    /// Nothing can be written; nil when that is over.
    case trouble(String?)
}

/// Whether an entry is in the log already.
struct LeafLookup: Sendable {
    let log: LogDirectory
    let recent: RecentLeaves
    let index: HashIndex

    /// The entry's index, after a look at the log itself; trouble with the index means at most an entry that is there
    /// twice.
    func find(_ leaf: LogHash) -> UInt64? {
        if let index = recent.find(leaf) { return index }
        guard let candidates = try? index.find(leaf) else { return nil }
        return candidates.first { log.leaf($0) == leaf }
    }
}
