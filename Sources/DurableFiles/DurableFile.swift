internal import Glibc

/// A file that appears under its name when it is complete and on the disk, or not at all.
///
/// Used by one task at a time; it is a class so that an abandoned one is closed.
package final class DurableFile: @unchecked Sendable {
    private let temporary: String
    /// What errors name: the name that people know.
    private let name: String
    private var descriptor: Int32
    /// Bytes written so far.
    package private(set) var size: UInt64 = 0

    /// Opens a new file under a temporary name, in the folder of the final one.
    /// - Parameter name: The final one, which errors name; by default they name the temporary one.
    package init(temporary: String, for name: String? = nil, mode: UInt32) throws(FileFailure) {
        self.temporary = temporary
        self.name = name ?? temporary
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw FileFailure(self.name, "cannot be written") }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(FileFailure) {
        try writeAll(descriptor, bytes, name)
        size += UInt64(bytes.count)
    }

    package func write(_ bytes: [UInt8]) throws(FileFailure) {
        try writeAll(descriptor, bytes, name)
        size += UInt64(bytes.count)
    }

    /// Syncs the file and gives it its name, in the place of any file that has it.
    package func commit(as path: String) throws(FileFailure) {
        try sync()
        guard rename(temporary, path) == 0 else { throw FileFailure(path, "cannot be put in place") }
        try Directory.sync(of: path)
    }

    /// Syncs the file and gives it its name, which no file may have yet (EEXIST).
    package func commitAsNew(_ path: String) throws(FileFailure) {
        try sync()
        // A link, unlike a rename, never takes the place of a file that is there.
        guard link(temporary, path) == 0 else { throw FileFailure(path, "cannot be put in place") }
        unlink(temporary)
        try Directory.sync(of: path)
    }

    /// Removes the file.
    package func discard() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        unlink(temporary)
    }

    private func sync() throws(FileFailure) {
        guard fsync(descriptor) == 0 else { throw FileFailure(name, "cannot be synced") }
        close(descriptor)
        descriptor = -1
    }
}
