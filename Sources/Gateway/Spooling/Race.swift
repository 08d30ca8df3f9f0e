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
