import Synchronization

/// How values are distributed: a count for each bucket, with the sum of all.
package final class PrometheusHistogram: Sendable {
    struct State {
        /// One for each bound and a last one for what is above all of them; not cumulative.
        var counts: [UInt64]
        var sum: Double
    }

    let buckets: HistogramBuckets
    /// Counts and sum change together, so that a scrape never sees one without the other.
    private let state: Mutex<State>

    init(buckets: HistogramBuckets) {
        self.buckets = buckets
        state = Mutex(State(counts: Array(repeating: 0, count: buckets.bounds.count + 1), sum: 0))
    }

    package func record(_ value: Double) {
        // One value that is not a number would make the sum useless for ever.
        guard value.isFinite else { return }
        let index = bucket(of: value)
        state.withLock {
            $0.counts[index] += 1
            $0.sum += value
        }
    }

    /// Records a duration in seconds.
    package func record(_ duration: Duration) {
        let parts = duration.components
        record(Double(parts.seconds) + Double(parts.attoseconds) * 1e-18)
    }

    var snapshot: State {
        state.withLock { $0 }
    }

    /// The first bucket whose bound is not below the value; few enough that a walk beats a search.
    private func bucket(of value: Double) -> Int {
        let bounds = buckets.bounds
        var index = 0
        while index < bounds.count, value > bounds[index] { index += 1 }
        return index
    }
}
