internal import DurableFiles
internal import Glibc

/// Renaming and removing in the state folder.
enum StateMove {
    static func rename(_ old: String, _ new: String) throws(FileFailure) {
        guard Glibc.rename(old, new) == 0 else { throw FileFailure(old, "cannot be renamed") }
    }

    /// Removes a file; one that is not there is removed already.
    static func remove(_ path: String) throws(FileFailure) {
        guard unlink(path) == 0 || errno == ENOENT else { throw FileFailure(path, "cannot be removed") }
    }
}

/// A lock between processes that is taken when it is free, and ends with the value.
final class FollowLock: Sendable {
    private let descriptor: Int32

    /// Nil when another process holds it.
    init?(_ path: String) throws(FileFailure) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw FileFailure(path, "cannot be opened") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            if code == EWOULDBLOCK { return nil }
            throw FileFailure(path, "cannot be locked", code: code)
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }
}
