internal import Glibc

/// A lock on a file, between processes and between the holders in one; it ends with the value or the process.
final class HeldLock: Sendable {
    enum Mode: Sendable {
        case shared
        case exclusive
    }

    private let file: Descriptor
    let path: String

    var descriptor: Int32 { file.number }

    private init(file: Descriptor, path: String) {
        self.file = file
        self.path = path
    }

    /// Waits for the lock. Blocks.
    static func wait(_ path: String, _ mode: Mode) throws(LocalStoreError) -> HeldLock {
        while true {
            if let lock = try take(path, mode, flags: 0) { return lock }
        }
    }

    /// Takes the lock, or nil when somebody has it.
    static func attempt(_ path: String, _ mode: Mode) throws(LocalStoreError) -> HeldLock? {
        try take(path, mode, flags: LOCK_NB)
    }

    /// Removes the file, so that lock files do not pile up. Who waits for it notices, and makes a new one.
    func remove() { unlink(path) }

    private static func take(_ path: String, _ mode: Mode, flags: Int32) throws(LocalStoreError) -> HeldLock? {
        while true {
            let number = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard number >= 0 else { throw .system(path, "cannot be opened") }
            let file = Descriptor(owning: number)
            while flock(number, (mode == .shared ? LOCK_SH : LOCK_EX) | flags) != 0 {
                if errno == EWOULDBLOCK { return nil }
                guard errno == EINTR else { throw .system(path, "cannot be locked") }
            }
            // Its last holder may have removed the file while this one waited: then the lock is on nothing.
            var held = stat()
            var named = stat()
            guard fstat(number, &held) == 0 else { throw .system(path, "cannot be looked at") }
            if stat(path, &named) == 0, named.st_ino == held.st_ino, named.st_dev == held.st_dev {
                return HeldLock(file: file, path: path)
            }
        }
    }
}
