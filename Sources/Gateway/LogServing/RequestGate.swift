internal import Synchronization

/// Lets a number of requests of one kind in at a time; the others are told to come again, instead of waiting in memory.
final class RequestGate: Sendable {
    private let limit: Int
    private let inside = Atomic<Int>(0)

    init(_ limit: Int) { self.limit = limit }

    /// Does `body`, or nothing when too many are doing it.
    func enter<Value: Sendable>(_ body: () async throws -> Value) async rethrows -> Value? {
        guard inside.wrappingAdd(1, ordering: .relaxed).oldValue < limit else {
            inside.wrappingSubtract(1, ordering: .relaxed)
            return nil
        }
        defer { inside.wrappingSubtract(1, ordering: .relaxed) }
        return try await body()
    }
}
