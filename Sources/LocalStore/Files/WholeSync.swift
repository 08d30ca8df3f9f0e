internal import CFileSystem
internal import Glibc

/// One wait for many files: cheaper than a sync of each when there are more than a few.
package enum WholeSync {
    /// Waits until everything that was written to the file system of an open file is on the disk.
    /// - Parameter path: For the message.
    package static func run(_ descriptor: Int32, _ path: String) throws(LocalStoreError) {
        guard syncfs(descriptor) == 0 else { throw .system(path, "cannot be synced") }
    }
}
