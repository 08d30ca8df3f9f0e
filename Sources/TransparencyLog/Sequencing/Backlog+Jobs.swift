extension Monitor where State == Backlog {
    /// Runs `body` on the thread that writes tiles, behind the batches that it takes in next: all, but in a rush.
    func integrating<Value: Sendable>(
        _ body: @escaping @Sendable (Integrator) throws(TransparencyLogError) -> Value
    ) async throws(TransparencyLogError) -> Value {
        let result: Result<Value, TransparencyLogError> = await withUnsafeContinuation { answer in
            let isTaken = signal { backlog in
                guard !backlog.isIntegrated else { return false }
                backlog.jobs.append { integrator in
                    do throws(TransparencyLogError) {
                        answer.resume(returning: .success(try body(integrator)))
                    } catch {
                        answer.resume(returning: .failure(error))
                    }
                }
                return true
            }
            if !isTaken { answer.resume(returning: .failure(TransparencyLogError(.closed, "the log is closed"))) }
        }
        return try result.get()
    }
}
