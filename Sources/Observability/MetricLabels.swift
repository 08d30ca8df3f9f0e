/// A set of labels in the form in which it is stored and printed: clean names, each once, sorted by name.
package struct MetricLabels: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// Labels in one set. A metric of ours has at most four; the limit is for what other libraries send.
    package static let maximumCount = 16
    /// UTF-8 bytes of one value. A route or a host name fits; a hostile request's path does not become our memory.
    package static let maximumValueLength = 256

    struct Label: Sendable, Hashable {
        let name: String
        let value: String
    }

    /// Sorted by name.
    let all: [Label]

    /// - Parameter pairs: names are cleaned, and of two that are the same then, the first counts; values are cut at
    ///   ``maximumValueLength``.
    package init(_ pairs: some Sequence<(String, String)>) {
        var labels: [Label] = []
        for (name, value) in pairs {
            guard labels.count < Self.maximumCount else { break }
            let name = MetricNames.label(name)
            if labels.contains(where: { $0.name == name }) { continue }
            labels.append(Label(name: name, value: Self.cut(value)))
        }
        all = labels.sorted { $0.name < $1.name }
    }

    package init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements)
    }

    private init(sorted all: [Label]) {
        self.all = all
    }

    /// The same names, where every value is `other`: what a metric with too many sets counts under.
    var overflow: MetricLabels {
        MetricLabels(sorted: all.map { Label(name: $0.name, value: "other") })
    }

    private static func cut(_ value: String) -> String {
        guard value.utf8.count > maximumValueLength else { return value }
        // A value that is cut inside a character loses the whole character.
        var end = value.utf8.index(value.utf8.startIndex, offsetBy: maximumValueLength)
        while end.samePosition(in: value.unicodeScalars) == nil { end = value.utf8.index(before: end) }
        return String(value[..<end])
    }
}

extension MetricLabels: Comparable {
    /// The order of the exposition: stable between two scrapes.
    package static func < (left: MetricLabels, right: MetricLabels) -> Bool {
        left.all.lexicographicallyPrecedes(right.all) { ($0.name, $0.value) < ($1.name, $1.value) }
    }
}
