internal import Synchronization

/// How far a log is, and who waits for it to get further.
final class Progress: Sendable {
    private struct State {
        var durable: UInt64
        var published: VerifiedCheckpoint
        var journalTrouble: String?
        var tileTrouble: String?
        var publishTrouble: String?
        var waiters: [UInt64: (index: UInt64, continuation: CheckedContinuation<Void, any Error>)] = [:]
        var serial: UInt64 = 0
        var end: TransparencyLogError?
    }

    /// What troubles can be about: each is over by itself.
    enum Part: Sendable {
        case journal
        case tiles
        case publishing
    }

    // Written by the sequencer's threads and its publisher, read by everybody.
    private let state: Mutex<State>

    init(durable: UInt64, published: VerifiedCheckpoint) {
        state = Mutex(State(durable: durable, published: published))
    }

    var durable: UInt64 { state.withLock { $0.durable } }
    var published: VerifiedCheckpoint { state.withLock { $0.published } }
    var trouble: String? { state.withLock { $0.journalTrouble ?? $0.tileTrouble ?? $0.publishTrouble } }

    func becameDurable(_ size: UInt64) { state.withLock { $0.durable = max($0.durable, size) } }

    /// Whether that changed whether there is trouble at all.
    func trouble(_ part: Part, _ what: String?) -> Bool {
        state.withLock { state in
            func any() -> Bool {
                state.journalTrouble != nil || state.tileTrouble != nil || state.publishTrouble != nil
            }
            let before = any()
            switch part {
            case .journal: state.journalTrouble = what
            case .tiles: state.tileTrouble = what
            case .publishing: state.publishTrouble = what
            }
            return before != any()
        }
    }

    /// Answers those whose entries the checkpoint covers.
    func published(_ checkpoint: VerifiedCheckpoint) {
        let done = state.withLock { state in
            state.published = checkpoint
            let done = state.waiters.filter { $0.value.index < checkpoint.size }
            for key in done.keys { state.waiters[key] = nil }
            return done.values.map(\.continuation)
        }
        for continuation in done { continuation.resume() }
    }

    /// Nothing will be published any more.
    func end(_ error: TransparencyLogError) {
        let all = state.withLock { state in
            state.end = error
            defer { state.waiters = [:] }
            return state.waiters.values.map(\.continuation)
        }
        for continuation in all { continuation.resume(throwing: error) }
    }

    /// Returns when the published checkpoint covers an entry.
    func wait(for index: UInt64) async throws {
        let key = state.withLock { state in
            state.serial += 1
            return state.serial
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let now: Result<Void, any Error>? = state.withLock { state in
                    if state.published.size > index { return .success(()) }
                    if let end = state.end { return .failure(end) }
                    // A cancellation before this is seen here, one after it finds the waiter.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiters[key] = (index, continuation)
                    return nil
                }
                if let now { continuation.resume(with: now) }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: key) }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }
}
