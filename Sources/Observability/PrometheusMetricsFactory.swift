package import Metrics

/// Lets swift-metrics, and so the HTTP server's middleware, count in a registry.
///
/// Times are histograms in seconds, recorders are histograms or (not aggregating) gauges. Destroying a metric does
/// nothing: a series that vanishes looks like a restart to Prometheus, and the registry is bounded anyway.
package struct PrometheusMetricsFactory: MetricsFactory {
    let registry: PrometheusRegistry

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        CounterAdapter(counter: registry.counter(label, labels: MetricLabels(dimensions)))
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        CounterAdapter(counter: registry.counter(label, labels: MetricLabels(dimensions)))
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        GaugeAdapter(gauge: registry.gauge(label, labels: MetricLabels(dimensions)))
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        let labels = MetricLabels(dimensions)
        guard aggregate else { return GaugeAdapter(gauge: registry.gauge(label, labels: labels)) }
        return HistogramAdapter(histogram: registry.histogram(label, labels: labels, buckets: .counts))
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        HistogramAdapter(
            histogram: registry.histogram(
                MetricNames.seconds(label), labels: MetricLabels(dimensions), buckets: .seconds))
    }

    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}
}

extension PrometheusRegistry {
    /// For `MetricsSystem.bootstrap`, with the meaning of the HTTP server's own metrics.
    package var metricsFactory: PrometheusMetricsFactory {
        describe("hb_requests_total", help: "HTTP requests answered, by route, method and status.")
        describe("hb_request_errors_total", help: "HTTP requests that ended in an error, by route and method.")
        describe("http_server_active_requests", help: "HTTP requests being answered now, by method.")
        describe(
            "http_server_request_duration_seconds", help: "Time to the end of an HTTP answer, by route and status.")
        return PrometheusMetricsFactory(registry: self)
    }
}

private final class CounterAdapter: CounterHandler, FloatingPointCounterHandler {
    private let counter: PrometheusCounter

    init(counter: PrometheusCounter) { self.counter = counter }

    func increment(by amount: Int64) { counter.increment(by: Int(amount)) }
    func increment(by amount: Double) { counter.increment(by: amount) }
    func reset() { counter.reset() }
}

private final class GaugeAdapter: MeterHandler, RecorderHandler {
    private let gauge: PrometheusGauge

    init(gauge: PrometheusGauge) { self.gauge = gauge }

    func set(_ value: Int64) { gauge.set(Double(value)) }
    func set(_ value: Double) { gauge.set(value) }
    func increment(by amount: Double) { gauge.add(amount) }
    func decrement(by amount: Double) { gauge.add(-amount) }
    func record(_ value: Int64) { gauge.set(Double(value)) }
    func record(_ value: Double) { gauge.set(value) }
}

private final class HistogramAdapter: RecorderHandler, TimerHandler {
    private let histogram: PrometheusHistogram

    init(histogram: PrometheusHistogram) { self.histogram = histogram }

    func record(_ value: Int64) { histogram.record(Double(value)) }
    func record(_ value: Double) { histogram.record(value) }
    func recordNanoseconds(_ duration: Int64) { histogram.record(Double(duration) / 1e9) }
    func preferDisplayUnit(_ unit: TimeUnit) {
        // Prometheus wants base units; the reader chooses the display.
    }
}
