/// An entry that waits for its place, and who waits with it.
struct Submission: Sendable {
    let entry: [UInt8]
    let leaf: LogHash
    let answer: UnsafeContinuation<Result<Sequenced, TransparencyLogError>, Never>
}

/// Entries on their way to the journal.
struct SubmissionPool {
    private var waiting: [Submission] = []
    private var byteCount = 0
    /// Why no more are taken, for good.
    var closed: TransparencyLogError?
    /// Why none can be taken just now, and until when nobody needs to try.
    var trouble: (message: String, until: ContinuousClock.Instant)?
    /// Whether the journal's thread should end when nothing is left.
    var isEnding = false
    /// Whether entries that were taken are not yet answered.
    var isWriting = false

    var count: Int { waiting.count }
    var isIdle: Bool { waiting.isEmpty && !isWriting }

    /// Takes an entry in, or says why not.
    mutating func add(_ submission: Submission, _ settings: SequencerSettings) -> TransparencyLogError? {
        if let closed { return closed }
        if let trouble, ContinuousClock.now < trouble.until {
            return TransparencyLogError(.unavailable, "the log takes no entries now: \(trouble.message)")
        }
        guard waiting.count < settings.poolEntries, byteCount + submission.entry.count <= settings.poolBytes else {
            return TransparencyLogError(.full, "\(waiting.count) entries wait for the disk: try again in a second")
        }
        waiting.append(submission)
        byteCount += submission.entry.count
        return nil
    }

    /// As many as go into one record; nil when there are none.
    mutating func take() -> [Submission]? {
        guard !waiting.isEmpty else { return nil }
        isWriting = true
        var taken = 0
        var bytes = 0
        for submission in waiting {
            let size = submission.entry.count + 2
            guard taken < JournalRecord.maximumCount, bytes + size <= JournalRecord.maximumByteCount else { break }
            bytes += size
            taken += 1
        }
        byteCount -= bytes - 2 * taken
        if taken == waiting.count {
            defer { waiting = [] }
            return waiting
        }
        defer { waiting.removeFirst(taken) }
        return Array(waiting[..<taken])
    }
}
