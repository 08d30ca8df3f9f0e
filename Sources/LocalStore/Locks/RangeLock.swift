internal import Glibc

/// Locks on single bytes of one file that is never written, between processes and between the holders in one.
///
/// Each byte stands for one thing; what it stands for is the caller's. So locks need no files of their own, of which
/// making and removing thousands costs more than all that is done under them. They end with the value or the process.
final class RangeLock: Sendable {
    private let file: Descriptor

    /// Locks bytes one after the other. Blocks when `waits`.
    /// - Parameter offsets: Sorted, so that no two wait for each other.
    /// - Returns: Nil when somebody else has one of them.
    init?(_ path: String, offsets: [Int64], waits: Bool) throws(LocalStoreError) {
        let number = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard number >= 0 else { throw .system(path, "cannot be opened") }
        file = Descriptor(owning: number)
        for offset in offsets {
            var lock = flock()
            lock.l_type = Int16(F_WRLCK)
            lock.l_whence = Int16(SEEK_SET)
            lock.l_start = Int(offset)
            lock.l_len = 1
            while fcntl(number, waits ? Self.setAndWait : Self.set, &lock) != 0 {
                if errno == EAGAIN || errno == EACCES { return nil }
                guard errno == EINTR else { throw .system(path, "cannot be locked") }
            }
        }
    }

    /// Locks of the open file, not of the process: F_OFD_SETLK and F_OFD_SETLKW, which Swift does not import.
    private static let set: Int32 = 37
    private static let setAndWait: Int32 = 38
}
