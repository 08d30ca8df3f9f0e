internal import DurableFiles
internal import Glibc
internal import StoreFormats

/// A file that is hashed and counted while it is written, under a name of its own until it is complete.
///
/// It is not synced: who writes many of them syncs once for all. Used by one thread.
final class HashedFile {
    private let path: String
    private var descriptor: Int32
    private var hasher = ContentHasher(.sha256)
    private(set) var size: UInt64 = 0

    /// - Parameter path: Must not exist.
    init(_ path: String) throws(FileFailure) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw FileFailure(path, "cannot be written") }
    }

    /// Removes what was not kept.
    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(path)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(FileFailure) {
        hasher.update(bytes)
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw FileFailure(path, "cannot be written") }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        size += UInt64(bytes.count)
    }

    /// The hash of what was written so far.
    var hash: ContentHash { hasher.finalize() }

    /// Gives the file its name, in the place of one that has it.
    func keep(as name: String) throws(FileFailure) {
        // Close first: some file systems tell that a write failed only there.
        let number = descriptor
        descriptor = -1
        guard close(number) == 0, rename(path, name) == 0 else {
            let code = errno
            unlink(path)
            throw FileFailure(name, "cannot be put in place", code: code)
        }
    }
}
