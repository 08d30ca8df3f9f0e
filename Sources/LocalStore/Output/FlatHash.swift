internal import Glibc
package import StoreFormats

/// The hash of a file's bytes, without any NAR: what flat fixed outputs are named by.
package enum FlatHash {
    /// Hashes a regular file that nobody may execute. Blocks.
    /// - Throws: `mismatch` for a folder, a link or an executable file, which a flat output must not be.
    package static func of(_ path: String, algorithm: HashAlgorithm) throws(LocalStoreError) -> ContentHash {
        let number = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard number >= 0 else {
            if errno == ELOOP { throw notFlat(path) }
            throw .system(path, "cannot be read")
        }
        let file = Descriptor(owning: number)
        var status = stat()
        guard fstat(file.number, &status) == 0 else { throw .system(path, "cannot be looked at") }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_mode & S_IXUSR == 0 else { throw notFlat(path) }
        var hasher = ContentHasher(algorithm)
        let buffer = UnitBuffer()
        while true {
            let count = read(file.number, buffer.base, ScanUnit.pieceSize)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system(path, "cannot be read") }
            guard count > 0 else { return hasher.finalize() }
            hasher.update(UnsafeRawBufferPointer(start: buffer.base, count: count))
        }
    }

    private static func notFlat(_ path: String) -> LocalStoreError {
        LocalStoreError(
            .mismatch, "\(path): must be a file that is not executable, since its hash is of the file alone")
    }
}
