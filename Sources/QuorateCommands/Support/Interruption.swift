internal import ArgumentParser
internal import UnixSignals

/// Work that Ctrl-C and SIGTERM end in order: what runs is stopped and cleaned up before the program ends.
enum Interruption {
    /// Runs `body`, whose task is cancelled when a signal comes.
    ///
    /// - Throws: What `body` throws; an exit status of 128 and the signal's number after a signal.
    static func watching<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Event<Value>.self) { group in
            group.addTask { .finished(try await body()) }
            group.addTask {
                for await signal in await UnixSignalsSequence(trapping: .sigint, .sigterm) {
                    return .interrupted(signal.rawValue)
                }
                return .quiet
            }
            var status: Int32?
            do {
                while let event = try await group.next() {
                    switch event {
                    case .finished(let value):
                        group.cancelAll()
                        if let status { throw ExitCode(128 + status) }
                        return value
                    case .interrupted(let signal):
                        status = signal
                        group.cancelAll()
                    case .quiet: break
                    }
                }
            } catch {
                group.cancelAll()
                if let status { throw ExitCode(128 + status) }
                throw error
            }
            throw CancellationError()
        }
    }

    private enum Event<Value: Sendable>: Sendable {
        case finished(Value)
        case interrupted(Int32)
        case quiet
    }
}
