internal import Glibc

/// An open file or folder that several share, closed with the last of them.
final class Descriptor: Sendable {
    let number: Int32

    init(owning number: Int32) { self.number = number }

    deinit { close(number) }

    /// Opens a folder without following a link at its end.
    static func folder(_ path: String) throws(LocalStoreError) -> Descriptor {
        let number = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard number >= 0 else { throw .system(path, "cannot be opened") }
        return Descriptor(owning: number)
    }
}

/// The flags that Swift does not import, being defined under `_GNU_SOURCE`.
enum OpenFlags {
    /// Names a file without opening it: for what may not be read yet.
    static let path: Int32 = 0o10000000
}

/// What stands for times that stay as they are, a macro that Swift does not import.
enum FileTimes {
    static let omit = (1 << 30) - 2
}

/// Changes the permissions of a file that may not even be opened, without following a link.
func changePermissions(_ parent: Int32, _ name: UnsafePointer<CChar>, _ mode: mode_t) -> Bool {
    let number = openat(parent, name, OpenFlags.path | O_NOFOLLOW | O_CLOEXEC)
    guard number >= 0 else { return false }
    defer { close(number) }
    var status = stat()
    guard fstat(number, &status) == 0, status.st_mode & S_IFMT != S_IFLNK else {
        errno = ELOOP
        return false
    }
    return chmod("/proc/self/fd/\(number)", mode) == 0
}
