package import StoreFormats
internal import Synchronization

/// The right to make some paths: nobody else, in this process or another, has it for any of them meanwhile.
package final class PathLocks: Sendable {
    package let paths: [StorePath]
    private let held: Mutex<RangeLock?>

    private init(_ paths: [StorePath], _ held: RangeLock) {
        self.paths = paths
        self.held = Mutex(held)
    }

    deinit { unlock() }

    /// Gives them back; again does nothing.
    package func unlock() {
        held.withLock { $0 = nil }
    }

    /// In this order everybody takes locks, so that no two wait for each other.
    private static func offsets(of paths: [StorePath]) -> [Int64] {
        // 62 bits of a hash: that two paths share them happens to nobody, and would only make one wait.
        Set(
            paths.map { path in
                ContentHash(of: Array(path.path.utf8), algorithm: .sha256).digest.prefix(8)
                    .reduce(0) { $0 << 8 | Int64($1) } & (Int64.max - 1)
            }
        ).sorted()
    }

    static func attempt(_ paths: [StorePath], in file: String) throws(LocalStoreError) -> PathLocks? {
        guard let held = try RangeLock(file, offsets: offsets(of: paths), waits: false) else { return nil }
        return PathLocks(paths, held)
    }

    /// Waits on a thread of its own, which nobody can call back: after a cancellation it gives back what it gets.
    static func wait(_ paths: [StorePath], in file: String) async throws(LocalStoreError) -> PathLocks {
        if let locks = try attempt(paths, in: file) { return locks }
        let waiter = Waiter()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard waiter.begin(continuation) else { return }
                OffThread.start {
                    waiter.end(
                        Result { () throws(LocalStoreError) in
                            guard let held = try RangeLock(file, offsets: offsets(of: paths), waits: true) else {
                                throw LocalStoreError(.failed, "\(file): no answer to a question for a lock")
                            }
                            return PathLocks(paths, held)
                        })
                }
            }
        } onCancel: {
            waiter.end(.failure(LocalStoreError(.cancelled, "cancelled while another build held \(words(paths))")))
        }
        return try result.get()
    }

    private static func words(_ paths: [StorePath]) -> String {
        guard let first = paths.first else { return "nothing" }
        return paths.count == 1 ? first.path : "\(first) and \(paths.count - 1) more"
    }

    /// Who waits, answered once: by the lock or by the cancellation.
    private final class Waiter: Sendable {
        typealias Answer = Result<PathLocks, LocalStoreError>
        private enum State {
            case new
            case waiting(CheckedContinuation<Answer, Never>)
            case answered(Answer?)
        }
        private let state = Mutex(State.new)

        /// False when the answer was there before the question, and was given.
        func begin(_ continuation: CheckedContinuation<Answer, Never>) -> Bool {
            let early: Answer? = state.withLock { state in
                if case .answered(let answer) = state { return answer }
                state = .waiting(continuation)
                return nil
            }
            guard let early else { return true }
            continuation.resume(returning: early)
            return false
        }

        func end(_ answer: Answer) {
            let continuation: CheckedContinuation<Answer, Never>? = state.withLock { state in
                switch state {
                case .new:
                    state = .answered(answer)
                    return nil
                case .waiting(let continuation):
                    state = .answered(nil)
                    return continuation
                case .answered: return nil
                }
            }
            continuation?.resume(returning: answer)
        }
    }
}
