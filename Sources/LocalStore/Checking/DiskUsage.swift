internal import Glibc

/// Counts the blocks of a tree.
enum DiskUsage {
    static func of(_ path: String) throws(LocalStoreError) -> UInt64 {
        var seen: Set<UInt64> = []
        return try of(AT_FDCWD, path, path, &seen, depth: 0)
    }

    private static func of(
        _ parent: Int32, _ name: UnsafePointer<CChar>, _ root: String, _ seen: inout Set<UInt64>, depth: Int
    ) throws(LocalStoreError) -> UInt64 {
        var status = stat()
        guard fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            throw .system(root, "cannot be looked at")
        }
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        if !isFolder, status.st_nlink > 1, !seen.insert(UInt64(status.st_ino)).inserted { return 0 }
        var bytes = UInt64(max(0, status.st_blocks)) * 512
        guard isFolder else { return bytes }
        guard depth < 512 else { throw LocalStoreError(.limitExceeded, "\(root): folders nested deeper than 512") }
        let number = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard number >= 0 else { throw .system(root, "cannot be opened") }
        let folder = Descriptor(owning: number)
        guard let listing = FolderListing(of: folder) else { throw .system(root, "cannot be listed") }
        var index = 0
        while let (name, _) = listing.name(at: index) {
            if let base = name.baseAddress { bytes += try of(number, base, root, &seen, depth: depth + 1) }
            index += 1
        }
        return bytes
    }
}
