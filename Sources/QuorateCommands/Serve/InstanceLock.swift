internal import Glibc

/// Keeps a second gateway from using the same folder.
final class InstanceLock: Sendable {
    private let descriptor: CInt

    init(path: String) throws(CommandError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandError(.cannotWrite, "\(path): cannot be made: \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw CommandError(.busy, "\(path): another gateway runs on this state; stop it or set QUORATE_HOME")
        }
    }

    deinit { close(descriptor) }
}
