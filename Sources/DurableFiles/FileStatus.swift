internal import Glibc

/// What the file system says about a file, without following a symbolic link at its end.
package struct FileStatus: Hashable, Sendable {
    package let isRegular: Bool
    package let isDirectory: Bool
    package let isSymbolicLink: Bool
    /// Size in bytes.
    package let size: UInt64
    /// Permission bits, set-id and sticky bits.
    package let permissions: UInt32
    /// When the contents last changed, in nanoseconds since 1970.
    package let modified: Int64
    /// Tells two files of one file system apart.
    package let inode: UInt64

    /// Nil when there is nothing at `path`, or nothing that may be seen.
    package init?(path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// The status of an open file.
    package init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        isRegular = status.st_mode & S_IFMT == S_IFREG
        isDirectory = status.st_mode & S_IFMT == S_IFDIR
        isSymbolicLink = status.st_mode & S_IFMT == S_IFLNK
        size = UInt64(max(0, status.st_size))
        permissions = UInt32(status.st_mode & 0o7777)
        modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        inode = UInt64(status.st_ino)
    }
}
