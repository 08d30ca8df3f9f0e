internal import Glibc

/// A thread for one build. The kernel kills the builder when the thread that started it ends, so it has to last as long;
/// and waiting on it takes no thread from the tasks of the program.
enum BuildThread {
    private final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Runs `body` on a new thread, or says why there is none.
    static func start(_ body: @escaping @Sendable () -> Void) -> SandboxError? {
        let work = Unmanaged.passRetained(Work(body))
        var thread = pthread_t()
        let error = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, work.toOpaque())
        guard error == 0 else {
            work.release()
            return SandboxError(
                code: .failed, stage: .output, systemError: error,
                message: "cannot make a sandbox: no thread for it: \(Refusals.text(of: error))")
        }
        pthread_detach(thread)
        return nil
    }
}
