import Testing

@testable import Observability

@Suite struct PrometheusRegistryTests {
    let registry = PrometheusRegistry(processMetrics: false)

    /// The text without the registry's own two metrics.
    private func lines(_ registry: PrometheusRegistry) -> [String] {
        registry.text().split(separator: "\n").map(String.init).filter { !$0.contains("quorate_metrics_") }
    }

    @Test func printsEveryKindSortedWithHelpAndType() {
        registry.histogram("b_seconds", help: "Waiting.", buckets: HistogramBuckets([1, 0.5])).record(0.7)
        registry.gauge("c", labels: ["z": "1", "a": "2"]).set(-1.5)
        registry.counter("a", help: "Verdicts.", labels: ["word": "split"]).increment(by: 3)
        registry.counter("a_total", labels: ["word": "quorate"]).increment()
        #expect(
            lines(registry) == [
                "# HELP a_total Verdicts.",
                "# TYPE a_total counter",
                "a_total{word=\"quorate\"} 1",
                "a_total{word=\"split\"} 3",
                "# HELP b_seconds Waiting.",
                "# TYPE b_seconds histogram",
                "b_seconds_bucket{le=\"0.5\"} 0",
                "b_seconds_bucket{le=\"1\"} 1",
                "b_seconds_bucket{le=\"+Inf\"} 1",
                "b_seconds_sum 0.7",
                "b_seconds_count 1",
                "# TYPE c gauge",
                "c{a=\"2\",z=\"1\"} -1.5",
            ])
    }

    @Test func theSameNameAndLabelsGiveTheSameSeries() {
        registry.counter("hits", labels: ["a": "1", "b": "2"]).increment()
        registry.counter("hits", labels: ["b": "2", "a": "1"]).increment()
        #expect(lines(registry).last == "hits_total{a=\"1\",b=\"2\"} 2")
    }

    @Test(arguments: [
        ("plain", "plain"),
        ("a\"b", "a\\\"b"),
        ("back\\slash", "back\\\\slash"),
        ("line\nother_metric 1", "line\\nother_metric 1"),
        ("ünï", "ünï"),
    ])
    func escapesLabelValues(value: String, printed: String) {
        registry.gauge("g", labels: ["v": value]).set(1)
        #expect(lines(registry).last == "g{v=\"\(printed)\"} 1")
    }

    @Test func escapesHelp() {
        registry.describe("g", help: "one\ntwo \\ \"three\"")
        registry.gauge("g").set(0)
        #expect(lines(registry).first == "# HELP g one\\ntwo \\\\ \"three\"")
    }

    @Test(arguments: [
        ("http.server.requests", "http_server_requests"),
        ("9lives", "_9lives"),
        ("", "_"),
        ("a b\nc", "a_b_c"),
        ("ns:x", "ns:x"),
        ("é", "_"),
    ])
    func cleansMetricNames(name: String, printed: String) {
        #expect(MetricNames.metric(name) == printed)
    }

    @Test(arguments: [("http.route", "http_route"), ("__name__", "_name__"), ("le", "le_"), ("a:b", "a_b")])
    func cleansLabelNames(name: String, printed: String) {
        #expect(MetricNames.label(name) == printed)
    }

    @Test func labelsWhoseNamesBecomeTheSameAppearOnce() {
        let labels: MetricLabels = ["a.b": "first", "a_b": "second"]
        #expect(labels.all.map(\.value) == ["first"])
    }

    @Test func cutsLongValuesAtACharacter() {
        let labels: MetricLabels = ["v": "x" + String(repeating: "é", count: 1_000)]
        let value = labels.all[0].value
        #expect(value.utf8.count <= MetricLabels.maximumValueLength)
        #expect(value.utf8.count > MetricLabels.maximumValueLength - 4)
        #expect(value.hasPrefix("xé") && value.hasSuffix("é"))
    }

    @Test func hostileLabelSetsEndInOneOther() {
        for number in 0..<(3 * PrometheusRegistry.maximumLabelSets) {
            registry.counter("hits", labels: ["path": "/\(number)"]).increment()
        }
        let text = registry.text()
        let series = text.split(separator: "\n").filter { $0.hasPrefix("hits_total{") }
        #expect(series.count == PrometheusRegistry.maximumLabelSets + 1)
        #expect(text.contains("hits_total{path=\"other\"} \(2 * PrometheusRegistry.maximumLabelSets)\n"))
        #expect(text.contains("quorate_metrics_overflow_total \(2 * PrometheusRegistry.maximumLabelSets)\n"))
        // A set that was there before goes on by itself.
        registry.counter("hits", labels: ["path": "/5"]).increment()
        #expect(registry.text().contains("hits_total{path=\"/5\"} 2\n"))
    }

    @Test func aRealOtherIsNotPrintedTwice() {
        for number in 1..<PrometheusRegistry.maximumLabelSets {
            registry.gauge("g", labels: ["v": "\(number)"]).set(1)
        }
        registry.gauge("g", labels: ["v": "other"]).set(7)
        registry.gauge("g", labels: ["v": "late"]).add(1)
        #expect(
            registry.text().split(separator: "\n").filter { $0.hasPrefix("g{v=\"other\"}") } == ["g{v=\"other\"} 8"])
    }

    @Test func twoMetricsNeverShareASampleName() {
        registry.histogram("wait", buckets: .seconds).record(1.0)
        registry.gauge("wait").set(5)
        registry.gauge("wait_count").set(5)
        let text = registry.text()
        #expect(!text.contains(" gauge"))
        #expect(text.contains("quorate_metrics_refused_total 2\n"))
    }

    @Test func numberOfMetricsIsLimited() {
        for number in 0..<(PrometheusRegistry.maximumMetrics + 50) { registry.gauge("g\(number)").set(1) }
        let types = registry.text().split(separator: "\n").filter { $0.hasPrefix("# TYPE") }
        #expect(types.count == PrometheusRegistry.maximumMetrics)
    }

    @Test(arguments: [
        (0.0, "0"), (1, "1"), (-3, "-3"), (0.1, "0.1"), (1e15, "1000000000000000"), (1e300, "1e+300"),
        (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
    ])
    func printsNumbers(value: Double, printed: String) {
        #expect(ExpositionText.number(value) == printed)
    }

    @Test func countersOnlyGrow() {
        let counter = registry.counter("c")
        counter.increment(by: -5)
        counter.increment(by: 0)
        counter.increment(by: -0.5)
        counter.increment(by: Double.nan)
        counter.increment(by: Double.infinity)
        #expect(counter.value == 0)
        counter.increment(by: 2)
        counter.increment(by: 0.25)
        #expect(counter.value == 2.25)
    }

    @Test func histogramsHoldOnlyNumbers() {
        let histogram = registry.histogram("h", buckets: HistogramBuckets([1, 2, .infinity, 1]))
        for value in [1, 1.5, 2, 3, .nan, .infinity, -1] { histogram.record(value) }
        histogram.record(.milliseconds(500))
        #expect(histogram.buckets.bounds == [1, 2])
        #expect(histogram.snapshot.counts == [3, 2, 1])
        #expect(histogram.snapshot.sum == 7)
    }

    @Test func collectorsRunBeforeEachScrape() {
        let gauge = registry.gauge("level")
        registry.beforeScrape { gauge.add(1) }
        _ = registry.text()
        #expect(registry.text().contains("level 2\n"))
    }

    @Test func everyIncrementCounts() async {
        let counter = registry.counter("c")
        let gauge = registry.gauge("g")
        let histogram = registry.histogram("h", buckets: .counts)
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<5_000 {
                        counter.increment()
                        counter.increment(by: 0.5)
                        gauge.add(1)
                        histogram.record(1.0)
                        registry.counter("looked_up", labels: ["a": "b"]).increment()
                    }
                }
            }
        }
        #expect(counter.value == 60_000)
        #expect(gauge.value == 40_000)
        #expect(histogram.snapshot.counts.first == 40_000)
        #expect(registry.text().contains("looked_up_total{a=\"b\"} 40000\n"))
    }
}
