import Synchronization

extension PrometheusRegistry {
    /// Everything in Prometheus' text format 0.0.4, sorted by name and labels.
    ///
    /// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
    package func text() -> String {
        for collect in state.withLock({ $0.collectors }) { collect() }
        // A copy of the tables, so that nobody waits for the printing.
        let (counters, gauges, histograms, help) = state.withLock {
            ($0.counters, $0.gauges, $0.histograms, $0.help)
        }
        let names = Array(counters.keys) + Array(gauges.keys) + Array(histograms.keys)
        var text = ExpositionText()
        for name in names.sorted() {
            let help = help[name]
            if let counter = counters[name] { text.add(name, counter, help: help) }
            if let gauge = gauges[name] { text.add(name, gauge, help: help) }
            if let histogram = histograms[name] { text.add(name, histogram, help: help) }
        }
        return text.text
    }
}

/// Writes the lines of the text format.
struct ExpositionText {
    private(set) var text = ""

    mutating func add(_ name: String, _ family: MetricFamily<PrometheusCounter>, help: String?) {
        head(name, "counter", help)
        for (labels, counter) in family.sorted { sample(name, labels, counter.value) }
    }

    mutating func add(_ name: String, _ family: MetricFamily<PrometheusGauge>, help: String?) {
        head(name, "gauge", help)
        for (labels, gauge) in family.sorted { sample(name, labels, gauge.value) }
    }

    mutating func add(_ name: String, _ family: MetricFamily<PrometheusHistogram>, help: String?) {
        head(name, "histogram", help)
        for (labels, histogram) in family.sorted { add(name, labels, histogram) }
    }

    private mutating func add(_ name: String, _ labels: MetricLabels, _ histogram: PrometheusHistogram) {
        let state = histogram.snapshot
        var total: UInt64 = 0
        for (index, count) in state.counts.enumerated() {
            total += count
            let bounds = histogram.buckets.bounds
            let bound = index < bounds.count ? Self.number(bounds[index]) : "+Inf"
            sample("\(name)_bucket", labels, Double(total), bound: bound)
        }
        sample("\(name)_sum", labels, state.sum)
        sample("\(name)_count", labels, Double(total))
    }

    private mutating func head(_ name: String, _ type: String, _ help: String?) {
        if let help {
            text += "# HELP \(name) "
            escape(help, quotes: false)
            text += "\n"
        }
        text += "# TYPE \(name) \(type)\n"
    }

    private mutating func sample(_ name: String, _ labels: MetricLabels, _ value: Double, bound: String? = nil) {
        text += name
        if !labels.all.isEmpty || bound != nil {
            var separator = "{"
            for label in labels.all {
                text += "\(separator)\(label.name)=\""
                escape(label.value, quotes: true)
                text += "\""
                separator = ","
            }
            if let bound { text += "\(separator)le=\"\(bound)\"" }
            text += "}"
        }
        text += " \(Self.number(value))\n"
    }

    private mutating func escape(_ value: String, quotes: Bool) {
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\"" where quotes: text += "\\\""
            default: text.unicodeScalars.append(scalar)
            }
        }
    }

    /// Whole numbers without a fraction, the rest as short as it can be read back.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 { return String(whole) }
        return value.description
    }
}
