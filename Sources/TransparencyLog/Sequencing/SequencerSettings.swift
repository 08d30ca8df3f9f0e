/// Bounds and times of a sequencer.
package struct SequencerSettings: Sendable {
    /// Most entries that wait to be written; one more is refused with ``TransparencyLogError/Code/full``.
    package var poolEntries = 8192
    /// Most bytes of them.
    package var poolBytes = 64 << 20
    /// Most bytes of entries that are durable and not yet in tiles; then the journal waits.
    package var backlogBytes = 64 << 20
    /// The least time between two checkpoints, so that partial tiles stay few.
    package var publishEvery: Duration = .milliseconds(200)
    /// How long cosigners that are slower than the quorum hold up the next checkpoint.
    package var cosignerGrace: Duration = .milliseconds(500)
    /// How long a cosigner may take.
    package var cosignerDeadline: Duration = .seconds(5)
    /// How long after a checkpoint could not be published the next attempt is made; longer from time to time, up to
    /// thirty seconds.
    package var retryAfter: Duration = .seconds(1)
    /// How old a checkpoint becomes before it is cosigned anew although nothing was added.
    package var republishAfter: Duration = .seconds(600)
    /// After how long a checkpoint that lacks somebody's cosignature is offered again.
    package var completeAfter: Duration = .seconds(60)

    /// The defaults.
    package init() {}
}

/// An entry's place in the log.
package struct Sequenced: Hashable, Sendable {
    /// Counted from 0.
    package let index: UInt64
    /// Whether it was in the log before.
    package let isDuplicate: Bool
}

/// How a sequencer does.
package struct SequencerStatus: Hashable, Sendable {
    /// Entries whose place is fixed and on the disk.
    package var durableSize: UInt64
    /// Entries that the published checkpoint covers.
    package var publishedSize: UInt64
    /// Entries that wait to be written.
    package var pendingEntries: Int
    /// Why nothing can be taken or published now; nil when all is well.
    package var trouble: String?
    /// Whether the log takes no more entries.
    package var isRetired: Bool
}

/// What happens in a sequencer beside answers, for log lines and figures.
package enum SequencerEvent: Sendable, CustomStringConvertible {
    /// A checkpoint was published.
    case published(VerifiedCheckpoint)
    /// Entries cannot be taken, or checkpoints not be published, for now.
    case trouble(String)
    /// It goes on.
    case recovered
    /// A cosigner did not do what it should.
    case cosigner(NoteKey, String)
    /// The last run ended in the middle: entries that were durable already, and bytes of a record that was not.
    case recoveredJournal(entries: UInt64, droppedBytes: Int)

    package var description: String {
        switch self {
        case .published(let checkpoint):
            "published \(checkpoint.size) entries with \(checkpoint.cosignatures.count) cosignatures"
        case .trouble(let what): what
        case .recovered: "recovered"
        case .cosigner(let key, let what): "\(key.name): \(what)"
        case .recoveredJournal(let entries, let bytes):
            "the last run ended in the middle: \(entries) entries recovered, "
                + "\(bytes) bytes of an unfinished write left out"
        }
    }
}
