internal import ClaimSources
internal import NIOCore
internal import Quorum
internal import Synchronization

/// Gathers what the caches answer, checked as it comes, until all have answered or the time is up.
final class AnswerCollector: Sendable {
    /// A cache's answer about one key.
    enum Answer: Sendable {
        // Boxed: it has many fields, and answers are copied a lot.
        indirect case statement(CacheStatement)
        case absent
        case trouble(SourceTrouble)
    }

    private struct State {
        /// By cache, then by key; nil while it has not come, or where it was not asked.
        var answers: [[Answer?]]
        /// Caches that have not told all, and answers that are being checked.
        var workLeft: Int
        var taken = 0
        var isClosed = false
        var waiter: CheckedContinuation<Void, Never>?
    }
    private let state: Mutex<State>

    init(sources: Int, keys: Int) {
        state = Mutex(
            State(answers: Array(repeating: Array(repeating: nil, count: keys), count: sources), workLeft: sources))
    }

    func take(_ answer: Answer, source: Int, key: Int) {
        state.withLock { state in
            state.answers[source][key] = answer
            state.taken += 1
        }
    }

    /// How many answers have come.
    var answerCount: Int { state.withLock { $0.taken } }

    /// An answer is going to be checked: whoever waits for everything waits for it too.
    func workStarted() {
        state.withLock { $0.workLeft += 1 }
    }

    /// A cache has told all, or an answer has been checked and taken.
    func workFinished() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.workLeft -= 1
            guard state.workLeft == 0 else { return nil }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// The time is up: whoever waits goes on with what is there.
    func close() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.isClosed = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Returns when every source has finished or `close` was called. May be called again to wait for the late ones.
    func wait(reopening: Bool = false) async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if reopening { state.isClosed = false }
                let isDone = state.workLeft == 0 || state.isClosed
                if !isDone { state.waiter = continuation }
                return isDone
            }
            if isDone { continuation.resume() }
        }
    }

    /// What has come so far, by cache and key, and whether that is all.
    func snapshot() -> (answers: [[Answer?]], isComplete: Bool) {
        state.withLock { ($0.answers, $0.workLeft == 0) }
    }
}
