internal import Dispatch

/// Work that waits for the file system: Dispatch's threads may, the cooperative pool's may not.
enum Blocking {
    /// Runs `body` on a thread of its own and waits for it.
    static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
        }
    }
}
