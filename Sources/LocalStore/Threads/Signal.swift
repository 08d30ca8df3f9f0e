internal import Glibc

/// A lock and a condition that threads wait for under it.
final class Signal: Sendable {
    // Both are made here, used through the C library alone, and stay where they are.
    private let lock: UncheckedPointer<pthread_mutex_t>
    private let condition: UncheckedPointer<pthread_cond_t>

    init() {
        lock = UncheckedPointer(.allocate(capacity: 1))
        condition = UncheckedPointer(.allocate(capacity: 1))
        pthread_mutex_init(lock.pointer, nil)
        pthread_cond_init(condition.pointer, nil)
    }

    deinit {
        pthread_mutex_destroy(lock.pointer)
        pthread_cond_destroy(condition.pointer)
        lock.pointer.deallocate()
        condition.pointer.deallocate()
    }

    /// Runs `body` alone.
    func locked<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
        pthread_mutex_lock(lock.pointer)
        defer { pthread_mutex_unlock(lock.pointer) }
        return try body()
    }

    /// Lets others in until one of them signals; only inside `locked`.
    func wait() { pthread_cond_wait(condition.pointer, lock.pointer) }

    /// Wakes all who wait.
    func wakeAll() { pthread_cond_broadcast(condition.pointer) }

    // Pointers are no values to share in general; these lead to what was made for several threads.
    private struct UncheckedPointer<Pointee>: @unchecked Sendable {
        let pointer: UnsafeMutablePointer<Pointee>
        init(_ pointer: UnsafeMutablePointer<Pointee>) { self.pointer = pointer }
    }
}
