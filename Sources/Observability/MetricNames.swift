/// The names that Prometheus accepts, made from whatever a library called its metric.
///
/// https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels
enum MetricNames {
    /// A metric's name: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
    static func metric(_ name: String) -> String {
        cleaned(name, allowingColon: true)
    }

    /// A counter's name, which ends in `_total` by convention.
    static func counter(_ name: String) -> String {
        let name = metric(name)
        return name.hasSuffix("_total") ? name : name + "_total"
    }

    /// The name of something timed: base units are part of the name.
    static func seconds(_ name: String) -> String {
        let name = metric(name)
        return name.hasSuffix("_seconds") ? name : name + "_seconds"
    }

    /// A label's name: `[a-zA-Z_][a-zA-Z0-9_]*`, where `__` in front is reserved and so is a histogram's own `le`.
    static func label(_ name: String) -> String {
        var name = cleaned(name, allowingColon: false)
        while name.hasPrefix("__") { name.removeFirst() }
        return name == "le" ? "le_" : name
    }

    private static func cleaned(_ name: String, allowingColon: Bool) -> String {
        var result = ""
        result.reserveCapacity(name.utf8.count)
        for character in name.unicodeScalars {
            switch character {
            case "a"..."z", "A"..."Z", "_": result.unicodeScalars.append(character)
            case ":" where allowingColon: result.unicodeScalars.append(character)
            case "0"..."9":
                if result.isEmpty { result.append("_") }
                result.unicodeScalars.append(character)
            default: result.append("_")
            }
        }
        return result.isEmpty ? "_" : result
    }
}
