internal import Glibc

/// Moves a finished tree to its place in the store.
enum Placement {
    /// Renames `source` to `target`, which must not exist; both are on one file system.
    ///
    /// A folder without write permission cannot be moved by its owner, since moving changes its `..`: it is made
    /// writable for that moment. Its time is set again afterwards.
    static func move(_ source: String, to target: String) throws(LocalStoreError) {
        let number = open(source, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard number >= 0 else {
            guard errno == ENOTDIR || errno == ELOOP else { throw .system(source, "cannot be moved into the store") }
            guard rename(source, target) == 0 else { throw .system(target, "cannot be put in place") }
            return
        }
        defer { close(number) }
        var status = stat()
        guard fstat(number, &status) == 0 else { throw .system(source, "cannot be moved into the store") }
        let isLocked = status.st_mode & S_IWUSR == 0 && geteuid() != 0
        if isLocked { fchmod(number, 0o755) }
        guard rename(source, target) == 0 else {
            let code = errno
            if isLocked { fchmod(number, status.st_mode & 0o7777) }
            throw .system(target, "cannot be put in place", code: code)
        }
        guard !isLocked || fchmod(number, status.st_mode & 0o7777) == 0 else {
            throw .system(target, "cannot be given its permissions")
        }
        let times = [timespec(tv_sec: 0, tv_nsec: FileTimes.omit), status.st_mtim]
        guard futimens(number, times) == 0 else { throw .system(target, "cannot be given its time") }
    }
}
