/// Lets a number of things happen at once and a number in each second after that.
package struct TokenBucket: Sendable {
    /// For the checkpoints of one log that grows: a log asks once for each batch and waits for the answer, so it asks
    /// some ten times a second at most, for long.
    static let checkpoints = TokenBucket(burst: 300, rate: 100)

    let burst: UInt64
    let rate: UInt64
    private var left: UInt64
    private var last: UInt64 = 0

    /// - Parameters:
    ///   - burst: How many may happen at once.
    ///   - rate: How many a second are given back.
    package init(burst: UInt64, rate: UInt64) {
        self.burst = burst
        self.rate = rate
        left = burst
    }

    /// Whether one more may happen at `now`, in seconds. A clock that goes back gives nothing back.
    package mutating func take(now: UInt64) -> Bool {
        if now > last {
            let (given, overflow) = (now - last).multipliedReportingOverflow(by: rate)
            left = overflow || given >= burst ? burst : min(burst, left + given)
            last = now
        }
        guard left > 0 else { return false }
        left -= 1
        return true
    }
}
