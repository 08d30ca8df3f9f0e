import Synchronization

/// A number that goes up and down.
package final class PrometheusGauge: Sendable {
    /// The bits of a `Double`.
    private let bits = Atomic<UInt64>(0)

    init() {}

    package func set(_ value: Double) {
        bits.store(value.bitPattern, ordering: .relaxed)
    }

    package func set(_ value: Int) {
        set(Double(value))
    }

    package func add(_ amount: Double) {
        bits.update { $0 + amount }
    }

    package var value: Double {
        Double(bitPattern: bits.load(ordering: .relaxed))
    }
}
