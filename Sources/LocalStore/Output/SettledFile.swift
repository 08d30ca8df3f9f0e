internal import Glibc

/// Files opened for reading, with their metadata made canonical.
enum SettledFile {
    /// Opens a file that was looked at before, and settles it.
    static func open(
        _ parent: Int32, _ name: UnsafePointer<CChar>, _ seen: stat, _ settler: MetadataSettler?, place: () -> String
    ) throws(LocalStoreError) -> Descriptor {
        // O_NONBLOCK: should a pipe have taken the file's place, opening it must not wait.
        let flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
        var number = openat(parent, name, flags)
        if number < 0, errno == EACCES, settler != nil {
            // Its owner may not read it either. The permission to execute, which the NAR tells, stays.
            if changePermissions(parent, name, 0o400 | seen.st_mode & 0o111) { number = openat(parent, name, flags) }
        }
        guard number >= 0 else { throw failure("cannot be opened", place()) }
        let file = Descriptor(owning: number)
        var status = stat()
        guard fstat(number, &status) == 0 else { throw failure("cannot be looked at", place()) }
        guard status.st_ino == seen.st_ino, status.st_dev == seen.st_dev, status.st_size == seen.st_size,
            status.st_mode & (S_IFMT | S_IXUSR) == seen.st_mode & (S_IFMT | S_IXUSR)
        else { throw LocalStoreError(.changed, "\(place()): was replaced or changed while it was read") }
        if let settler, !settler.settle(number, status) { throw failure("cannot be made canonical", place()) }
        return file
    }

    private static func failure(_ what: String, _ place: String) -> LocalStoreError {
        let code = errno
        guard code != ENOENT, code != ELOOP, code != ENXIO else {
            return LocalStoreError(.changed, "\(place): was replaced or taken away while it was read")
        }
        return .system(place, what, code: code)
    }
}
