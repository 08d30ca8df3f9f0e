/// Work that may take too long.
enum Deadline {
    /// Runs `body` and cancels it after a time.
    ///
    /// - Returns: What `body` returned; nil when it did not end in time, or threw.
    static func run<Value: Sendable>(
        _ time: Duration, _ body: @escaping @Sendable () async throws -> Value
    ) async -> Value? {
        await withTaskGroup(of: Value?.self) { group in
            group.addTask { try? await body() }
            group.addTask {
                try? await Task.sleep(for: time)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }
}
