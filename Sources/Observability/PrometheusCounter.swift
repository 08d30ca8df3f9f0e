import Synchronization

/// A number that only grows. Safe and cheap from any thread: one atomic addition.
package final class PrometheusCounter: Sendable {
    /// Whole steps, the common case.
    private let whole = Atomic<UInt64>(0)
    /// The bits of a `Double` that takes what came in fractions (seconds of work).
    private let fraction = Atomic<UInt64>(0)

    init() {}

    package func increment(by amount: Int = 1) {
        // A counter never goes down; a negative step is a mistake of the caller, and not worth a crash.
        guard amount > 0 else { return }
        whole.wrappingAdd(UInt64(amount), ordering: .relaxed)
    }

    package func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        fraction.update { $0 + amount }
    }

    package var value: Double {
        Double(whole.load(ordering: .relaxed)) + Double(bitPattern: fraction.load(ordering: .relaxed))
    }

    func reset() {
        set(0)
    }

    /// For totals that the system counts itself, such as the CPU time of this process.
    func set(_ total: Double) {
        whole.store(0, ordering: .relaxed)
        fraction.store(total.bitPattern, ordering: .relaxed)
    }
}

extension Atomic where Value == UInt64 {
    /// Replaces the bits of a `Double`.
    func update(_ change: (Double) -> Double) {
        var old = load(ordering: .relaxed)
        while true {
            let new = change(Double(bitPattern: old)).bitPattern
            let result = weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if result.exchanged { return }
            old = result.original
        }
    }
}
