/// What several runs of one measurement gave.
struct Samples {
    private(set) var values: [Double] = []

    init() {}

    /// A number that was computed, not measured.
    init(_ value: Double) { values = [value] }

    mutating func add(_ value: Double) { values.append(value) }

    var median: Double {
        let sorted = values.sorted()
        guard let middle = sorted.dropFirst(sorted.count / 2).first else { return .nan }
        return sorted.count % 2 == 1 ? middle : (middle + sorted[sorted.count / 2 - 1]) / 2
    }

    /// Median with least and greatest in a unit: the spread tells the noise of the machine.
    func text(_ unit: Unit) -> String {
        guard values.count > 1, let least = values.min(), let greatest = values.max() else { return unit.text(median) }
        return "\(unit.text(median)) (\(unit.number(least))–\(unit.number(greatest)))"
    }
}

/// How a number is written.
enum Unit {
    case milliseconds
    case perSecond
    case megabytesPerSecond
    case mebibytes
    case ratio

    func number(_ value: Double) -> String {
        switch self {
        case .milliseconds: Self.rounded(value * 1000, value < 0.1 ? 1 : 0)
        case .perSecond: Self.rounded(value, 0)
        case .megabytesPerSecond: Self.rounded(value / 1e6, 0)
        case .mebibytes: Self.rounded(value / 1_048_576, 1)
        case .ratio: Self.rounded(value, 2)
        }
    }

    func text(_ value: Double) -> String {
        switch self {
        case .milliseconds: number(value) + " ms"
        case .perSecond: number(value) + "/s"
        case .megabytesPerSecond: number(value) + " MB/s"
        case .mebibytes: number(value) + " MiB"
        case .ratio: number(value)
        }
    }

    private static func rounded(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite else { return "?" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let whole = Int64((value * scale).rounded())
        guard digits > 0 else { return String(whole) }
        let fraction = String(abs(whole) % Int64(scale))
        let sign = whole < 0 ? "-" : ""
        return
            "\(sign)\(abs(whole) / Int64(scale)).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
    }
}
