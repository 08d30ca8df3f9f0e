import Metrics
import Testing

@testable import Observability

@Suite struct PrometheusMetricsFactoryTests {
    let registry = PrometheusRegistry(processMetrics: false)

    @Test func takesWhatSwiftMetricsOffers() {
        let factory = registry.metricsFactory
        let dimensions = [("http.route", "/nar/{name}"), ("http.request.method", "GET")]
        Counter(label: "hb.requests", dimensions: dimensions, factory: factory).increment(by: 2)
        FloatingPointCounter(label: "work", factory: factory).increment(by: 1.5)
        Metrics.Timer(label: "http.server.request.duration", factory: factory).recordMilliseconds(20)
        let active = Meter(label: "http.server.active_requests", factory: factory)
        active.increment(by: 3)
        active.decrement(by: 1)
        Gauge(label: "depth", factory: factory).record(4)
        Recorder(label: "size", factory: factory).record(50)
        let text = registry.text()
        #expect(text.contains("hb_requests_total{http_request_method=\"GET\",http_route=\"/nar/{name}\"} 2\n"))
        #expect(text.contains("# HELP hb_requests_total HTTP requests answered"))
        #expect(text.contains("work_total 1.5\n"))
        #expect(text.contains("# TYPE http_server_request_duration_seconds histogram\n"))
        #expect(text.contains("http_server_request_duration_seconds_bucket{le=\"0.01\"} 0\n"))
        #expect(text.contains("http_server_request_duration_seconds_bucket{le=\"0.025\"} 1\n"))
        #expect(text.contains("http_server_active_requests 2\n"))
        #expect(text.contains("depth 4\n"))
        #expect(text.contains("size_bucket{le=\"100\"} 1\n"))
    }

    @Test func handlersOfOneMetricShareTheirValue() {
        let factory = registry.metricsFactory
        let first = Counter(label: "c", factory: factory)
        first.increment()
        first.destroy()
        Counter(label: "c", factory: factory).increment()
        #expect(registry.text().contains("c_total 2\n"))
    }

    @Test func describedBucketsAreUsed() {
        registry.describe("size", help: "Bytes.", buckets: HistogramBuckets([7]))
        Recorder(label: "size", factory: registry.metricsFactory).record(5)
        #expect(registry.text().contains("size_bucket{le=\"7\"} 1\n"))
    }
}
