internal import NIOCore

/// When a cache that failed is asked again: a pause that doubles with each failure in a row.
struct CacheBackoff {
    private static let first = TimeAmount.seconds(1)
    private static let longest = TimeAmount.seconds(60)

    private var failures = 0
    private var until = NIODeadline.uptimeNanoseconds(0)
    private var reason = ""

    /// Why the cache is not asked now, or nil.
    func pause(at now: NIODeadline) -> SourceTrouble? {
        guard now < until else { return nil }
        return SourceTrouble(.backingOff, "\(reason) (asked again after a pause)")
    }

    mutating func failed(_ trouble: SourceTrouble, at now: NIODeadline) {
        // The many questions of one batch that fail together are one failure.
        guard trouble.kind != .backingOff, now >= until else { return }
        failures = min(failures + 1, 16)
        let pause = min(Self.longest.nanoseconds, Self.first.nanoseconds << Int64(min(failures - 1, 6)))
        until = now + .nanoseconds(pause)
        reason = trouble.message
    }

    mutating func answered() {
        failures = 0
        until = .uptimeNanoseconds(0)
    }
}
