internal import DurableFiles
internal import Glibc
internal import Synchronization

/// Held by the one process that may write to a log. It ends with the value, when it is given back, or with the process.
///
/// Unlike `FileLock` it does not wait: a log is held for as long as its server runs.
final class WriterLock: Sendable {
    // -1 when it was given back.
    private let descriptor: Mutex<Int32>

    /// Takes the lock, or throws `.busy`.
    init(_ path: String) throws(TransparencyLogError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw TransparencyLogError(FileFailure(path, "cannot be opened")) }
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            if code == EINTR { continue }
            close(descriptor)
            if code == EWOULDBLOCK {
                throw TransparencyLogError(.busy, "\(path): another process writes this log")
            }
            throw TransparencyLogError(FileFailure(path, "cannot be locked", code: code))
        }
        self.descriptor = Mutex(descriptor)
    }

    deinit { release() }

    /// Gives it back, whoever else has a reference.
    func release() {
        descriptor.withLock { descriptor in
            if descriptor >= 0 { close(descriptor) }
            descriptor = -1
        }
    }
}
