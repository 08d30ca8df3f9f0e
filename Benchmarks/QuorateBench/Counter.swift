import Synchronization

/// A number that several threads count up.
final class Counter: Sendable {
    private let number = Atomic<Int>(0)

    func increment() { number.wrappingAdd(1, ordering: .relaxed) }

    var value: Int { number.load(ordering: .relaxed) }
}
