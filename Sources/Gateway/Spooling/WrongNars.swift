internal import StoreFormats

/// Which caches gave something else than what was agreed on in the place of a NAR, so that they are not asked for it again
/// with every request: a pause that doubles each time.
///
/// Trouble on the way is not remembered here: a cache that cannot be reached, or a full disk, says nothing about the
/// bytes.
struct WrongNars {
    /// One cache's file for one NAR.
    struct Place: Hashable {
        let narHash: NarHash
        let cache: String
        let url: String
        /// Right bytes for one path may not have the content address of another.
        let address: ContentAddress?

        init(_ item: SpoolItem, _ candidate: SpoolItem.Candidate) {
            narHash = item.narHash
            cache = candidate.cache
            url = candidate.url
            address = item.addressToProve
        }
    }

    private struct Entry {
        var times = 0
        var until: ContinuousClock.Instant
    }

    /// A cache that is repaired gives the right NAR again soon.
    static let first = Duration.seconds(30)
    /// Often enough for a cache that was wrong for days.
    static let longest = Duration.seconds(3600)
    /// More places than this are not remembered; then all are forgotten and tried again. One takes about 300 bytes.
    static let memory = 10_000

    private var entries: [Place: Entry] = [:]

    /// How many places are left alone now.
    func count(at now: ContinuousClock.Instant) -> Int { entries.values.count { $0.until > now } }

    /// How long a place is still left alone; nil when it may be tried.
    func pause(_ place: Place, at now: ContinuousClock.Instant) -> Duration? {
        guard let until = entries[place]?.until, until > now else { return nil }
        return until - now
    }

    /// Notes that a place gave another NAR.
    /// - Returns: For how long it is left alone.
    mutating func note(_ place: Place, at now: ContinuousClock.Instant) -> Duration {
        if entries.count >= Self.memory, entries[place] == nil { entries.removeAll(keepingCapacity: true) }
        var entry = entries[place] ?? Entry(until: now)
        let pause = min(Self.longest, Self.first * (1 << min(entry.times, 16)))
        entry.times += 1
        entry.until = now + pause
        entries[place] = entry
        return pause
    }

    /// Forgets a place that gave the right NAR.
    mutating func forget(_ place: Place) { entries[place] = nil }
}
