internal import Glibc

/// A lock between processes, and between the tasks of one, that change a file: who holds it is alone.
///
/// It stands on a file of its own, since the file that is changed is replaced and not written to. It ends with the
/// value, or with the process.
package struct FileLock: ~Copyable {
    private let descriptor: Int32

    /// Waits until nobody else holds the lock at `path`. Holders are expected to be quick.
    package init(_ path: String) throws(FileFailure) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw FileFailure(path, "cannot be opened") }
        while flock(descriptor, LOCK_EX) != 0 {
            let code = errno
            guard code == EINTR else {
                close(descriptor)
                throw FileFailure(path, "cannot be locked", code: code)
            }
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }
}
