/// Runs `body`, which is cancelled after a while.
func within<Value: Sendable>(
    _ duration: Duration, _ body: @escaping @Sendable () async throws -> Value
) async -> Result<Value, any Error> {
    await withTaskGroup { group in
        group.addTask { () -> Result<Value, any Error>? in
            do {
                return .success(try await body())
            } catch {
                return .failure(error)
            }
        }
        group.addTask { () -> Result<Value, any Error>? in
            try? await Task.sleep(for: duration)
            return nil
        }
        defer { group.cancelAll() }
        // `next` gives an optional of its own.
        if let first = await group.next(), let result = first { return result }
        return .failure(TransparencyLogError(.unavailable, "no answer within \(duration)"))
    }
}
