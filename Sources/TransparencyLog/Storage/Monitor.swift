internal import Glibc

/// A value that threads change one at a time, and can wait for changes of.
///
/// `Mutex` has no condition to wait on, and these threads block: none of them is one of Swift's cooperative ones.
final class Monitor<State>: @unchecked Sendable {
    // Both are made here, used through the C library alone, and stay where they are. The lock protects `state`.
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var state: State

    init(_ state: State) {
        self.state = state
        pthread_mutex_init(lock, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // Waits with an end must not be stretched when the wall clock is set back.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_mutex_destroy(lock)
        pthread_cond_destroy(condition)
        lock.deallocate()
        condition.deallocate()
    }

    /// Runs `body` alone; short work only, since it may be called from Swift's own threads.
    func with<Value>(_ body: (inout State) -> Value) -> Value {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return body(&state)
    }

    /// Changes the state and wakes those who wait.
    func signal<Value>(_ body: (inout State) -> Value) -> Value {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        let value = body(&state)
        pthread_cond_broadcast(condition)
        return value
    }

    /// Blocks until `body` gives a value; it is asked again after every signal.
    func wait<Value>(_ body: (inout State) -> Value?) -> Value {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while true {
            if let value = body(&state) { return value }
            pthread_cond_wait(condition, lock)
        }
    }

    /// Blocks as `wait` does, but no longer than some milliseconds.
    func wait<Value>(milliseconds: Int, _ body: (inout State) -> Value?) -> Value? {
        var end = timespec()
        clock_gettime(CLOCK_MONOTONIC, &end)
        let nanoseconds = end.tv_nsec + milliseconds % 1000 * 1_000_000
        end.tv_sec += milliseconds / 1000 + nanoseconds / 1_000_000_000
        end.tv_nsec = nanoseconds % 1_000_000_000
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while true {
            if let value = body(&state) { return value }
            if pthread_cond_timedwait(condition, lock, &end) == ETIMEDOUT { return body(&state) }
        }
    }
}
