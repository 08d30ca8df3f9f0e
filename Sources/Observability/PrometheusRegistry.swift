import Synchronization

/// All metrics of this process, and their text for Prometheus.
///
/// Looking a metric up takes a lock and a dictionary; what comes back is meant to be kept and is cheap to use. Nothing
/// here grows without bound: not the metrics, not the label sets of one, not a label's value.
package final class PrometheusRegistry: Sendable {
    /// Label sets of one metric. Far above what routes, methods and states multiply to; what comes after is counted
    /// under a set in which every value is `other`.
    package static let maximumLabelSets = 1_000
    /// Metrics. The names are the program's, not the network's, so this only stops a programming error.
    package static let maximumMetrics = 1_000
    /// The media type of ``text()``.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    struct State {
        var counters: [String: MetricFamily<PrometheusCounter>] = [:]
        var gauges: [String: MetricFamily<PrometheusGauge>] = [:]
        var histograms: [String: MetricFamily<PrometheusHistogram>] = [:]
        /// Each name that a sample line may begin with, and who prints it.
        var owners: [String: Owner] = [:]
        var help: [String: String] = [:]
        /// Of each histogram, fixed when its first label set is made.
        var buckets: [String: HistogramBuckets] = [:]
        var collectors: [@Sendable () -> Void] = []
    }

    struct Owner: Hashable {
        enum Kind { case counter, gauge, histogram }

        let metric: String
        let kind: Kind
    }

    /// Guards the tables only; the values behind them are safe by themselves.
    let state = Mutex(State())
    /// Look-ups that ended in the set `other`.
    private let overflows = PrometheusCounter()
    /// Look-ups of metrics whose name was taken, or which were too many: they work and are not printed.
    private let refusals = PrometheusCounter()

    /// - Parameter processMetrics: whether memory, descriptors and CPU time of this process are among the metrics.
    package init(processMetrics: Bool = true) {
        adopt(overflows, "quorate_metrics_overflow_total", "Look-ups beyond the limit of a metric's label sets.")
        adopt(refusals, "quorate_metrics_refused_total", "Look-ups of metrics whose name was taken, or too many.")
        if processMetrics { ProcessMetrics().register(in: self) }
    }

    /// The counter with this name and these labels; `_total` is added to a name without it.
    package func counter(_ name: String, help: String? = nil, labels: MetricLabels = [:]) -> PrometheusCounter {
        let name = MetricNames.counter(name)
        return state.withLock {
            guard $0.claim(name, .counter, help: help) else {
                refusals.increment()
                return PrometheusCounter()
            }
            return $0.counters[name, default: MetricFamily()]
                .find(labels, limit: Self.maximumLabelSets, overflows: overflows) { PrometheusCounter() }
        }
    }

    /// The gauge with this name and these labels.
    package func gauge(_ name: String, help: String? = nil, labels: MetricLabels = [:]) -> PrometheusGauge {
        let name = MetricNames.metric(name)
        return state.withLock {
            guard $0.claim(name, .gauge, help: help) else {
                refusals.increment()
                return PrometheusGauge()
            }
            return $0.gauges[name, default: MetricFamily()]
                .find(labels, limit: Self.maximumLabelSets, overflows: overflows) { PrometheusGauge() }
        }
    }

    /// The histogram with this name and these labels.
    ///
    /// - Parameter buckets: for a new metric; one that exists or was described keeps those that it has.
    package func histogram(
        _ name: String, help: String? = nil, labels: MetricLabels = [:], buckets: HistogramBuckets
    ) -> PrometheusHistogram {
        let name = MetricNames.metric(name)
        return state.withLock {
            guard $0.claim(name, .histogram, help: help) else {
                refusals.increment()
                return PrometheusHistogram(buckets: buckets)
            }
            let itsBuckets = $0.buckets[name, default: buckets]
            $0.buckets[name] = itsBuckets
            return $0.histograms[name, default: MetricFamily()]
                .find(labels, limit: Self.maximumLabelSets, overflows: overflows) {
                    PrometheusHistogram(buckets: itsBuckets)
                }
        }
    }

    /// Says what a metric means that another library will make, and how it is divided.
    package func describe(_ name: String, help: String, buckets: HistogramBuckets? = nil) {
        let name = MetricNames.metric(name)
        state.withLock {
            $0.help[name] = help
            if let buckets, $0.histograms[name] == nil { $0.buckets[name] = buckets }
        }
    }

    /// Runs `body` before each scrape, to set the gauges which nobody keeps up to date in between.
    package func beforeScrape(_ body: @escaping @Sendable () -> Void) {
        state.withLock { $0.collectors.append(body) }
    }

    private func adopt(_ counter: PrometheusCounter, _ name: String, _ help: String) {
        state.withLock {
            guard $0.claim(name, .counter, help: help) else { return }
            _ = $0.counters[name, default: MetricFamily()].find([:], limit: 1, overflows: overflows) { counter }
        }
    }
}

extension PrometheusRegistry.State {
    /// Whether this metric may print under this name: it does already, or none of its sample names is taken.
    fileprivate mutating func claim(
        _ name: String, _ kind: PrometheusRegistry.Owner.Kind, help: String?
    ) -> Bool {
        let owner = PrometheusRegistry.Owner(metric: name, kind: kind)
        if owners[name] == owner { return true }
        var samples = [name]
        if kind == .histogram { samples += ["\(name)_bucket", "\(name)_sum", "\(name)_count"] }
        let metrics = counters.count + gauges.count + histograms.count
        guard metrics < PrometheusRegistry.maximumMetrics, samples.allSatisfy({ owners[$0] == nil }) else {
            return false
        }
        for sample in samples { owners[sample] = owner }
        if let help, self.help[name] == nil { self.help[name] = help }
        return true
    }
}
