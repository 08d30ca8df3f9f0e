/// One metric with all its label sets.
struct MetricFamily<Series: AnyObject & Sendable>: Sendable {
    private(set) var series: [MetricLabels: Series] = [:]
    /// Where the sets go which came after the limit was reached.
    private(set) var overflow: Series?

    /// The series of a label set, made where there is none yet.
    ///
    /// - Parameter overflows: counts the answers that the limit turned into the one for all others.
    mutating func find(
        _ labels: MetricLabels, limit: Int, overflows: PrometheusCounter, make: () -> Series
    ) -> Series {
        if let known = series[labels] { return known }
        if series.count < limit {
            let new = make()
            series[labels] = new
            return new
        }
        overflows.increment()
        if let overflow { return overflow }
        // Somebody may have said `other` themselves: the same line must not be printed twice.
        let new = series[labels.overflow] ?? make()
        series[labels.overflow] = new
        overflow = new
        return new
    }

    /// In the order of the exposition.
    var sorted: [(labels: MetricLabels, series: Series)] {
        series.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }
    }
}
