internal import Glibc

/// Runs what blocks on threads of its own, away from Swift's cooperative ones.
package enum OffThread {
    /// Runs `body` on a new thread and waits for it without blocking one.
    package static func run<Value: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result = await withUnsafeContinuation { continuation in
            start { continuation.resume(returning: Result(catching: body)) }
        }
        return try result.get()
    }

    /// Runs `body` on a new thread that nobody waits for; on this one when the system has no more.
    static func start(_ body: @escaping @Sendable () -> Void) {
        if thread(body) == nil { body() }
    }

    /// Runs `body` on a new thread that has to be joined; nil when the system has no more, and then nothing runs.
    static func joinable(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(Body(body))
        let code = pthread_create(&thread, nil, entry, argument.toOpaque())
        guard code == 0 else {
            argument.release()
            return nil
        }
        return thread
    }

    private static func thread(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
        guard let thread = joinable(body) else { return nil }
        pthread_detach(thread)
        return thread
    }

    private static let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
        guard let argument else { return nil }
        Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
        return nil
    }

    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
