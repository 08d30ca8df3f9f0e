internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// The questions that somebody asks one origin together, and where their answers go.
final class PipelinedBatch: Sendable {
    /// Paths below the origin's base path.
    let paths: [String]
    let method: HTTPMethod
    /// Called once for each index, on an event loop: has to be quick or to compute what would be computed anyway.
    private let onAnswer: @Sendable (Int, HTTPAnswer) -> Void

    private struct State {
        var answered: [Bool]
        var left: Int
        var done: CheckedContinuation<Void, Never>?
    }
    private let state: Mutex<State>

    init(paths: [String], method: HTTPMethod, onAnswer: @escaping @Sendable (Int, HTTPAnswer) -> Void) {
        self.paths = paths
        self.method = method
        self.onAnswer = onAnswer
        state = Mutex(State(answered: Array(repeating: false, count: paths.count), left: paths.count))
    }

    /// Delivers an answer; a second one for the same question is dropped.
    func take(_ answer: HTTPAnswer, at index: Int) {
        let isFirst = state.withLock { state in
            guard !state.answered[index] else { return false }
            state.answered[index] = true
            return true
        }
        guard isFirst else { return }
        onAnswer(index, answer)
        let done = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.left -= 1
            guard state.left == 0 else { return nil }
            defer { state.done = nil }
            return state.done
        }
        done?.resume()
    }

    /// Returns when every question has its answer.
    func finished() async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.left > 0 { state.done = continuation }
                return state.left == 0
            }
            if isDone { continuation.resume() }
        }
    }
}
