internal import Synchronization

/// The first of several results, for the one who waits for it.
final class Race<Value: Sendable>: Sendable {
    private enum State {
        case open
        case waiting(CheckedContinuation<Value?, Never>)
        case finished(Value?)
    }
    private let state = Mutex(State.open)

    /// - Returns: Whether this was the first.
    @discardableResult
    func finish(_ value: Value?) -> Bool {
        let (isFirst, waiter) = state.withLock { state -> (Bool, CheckedContinuation<Value?, Never>?) in
            switch state {
            case .finished: return (false, nil)
            case .open:
                state = .finished(value)
                return (true, nil)
            case .waiting(let waiter):
                state = .finished(value)
                return (true, waiter)
            }
        }
        waiter?.resume(returning: value)
        return isFirst
    }

    /// What `body` gives; nil when that takes longer than `time`. It goes on then, and `onLate` is told what it gave.
    static func result(
        within time: Duration, onLate: @escaping @Sendable (Value) -> Void = { _ in },
        of body: @escaping @Sendable () async -> Value
    ) async -> Value? {
        let race = Race()
        Task {
            let value = await body()
            if !race.finish(value) { onLate(value) }
        }
        let timer = Task {
            try? await Task.sleep(for: time)
            race.finish(nil)
        }
        defer { timer.cancel() }
        return await race.value()
    }

    func value() async -> Value? {
        await withCheckedContinuation { continuation in
            let value = state.withLock { state -> Value?? in
                if case .finished(let value) = state { return .some(value) }
                state = .waiting(continuation)
                return nil
            }
            if let value { continuation.resume(returning: value) }
        }
    }
}
