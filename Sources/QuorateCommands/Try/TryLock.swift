import Glibc
import SystemPackage

/// Holds a folder for one try-out at a time, for as long as the value lives; the system lets go when the process ends.
package struct TryLock: ~Copyable {
    private let file: FileDescriptor

    /// Takes the lock of a layout, or fails at once.
    ///
    /// - Throws: ``TryError/Code/fileSystem``, also when another try-out holds it.
    package init(_ layout: TryLayout) throws(TryError) {
        try TryLayout.makeFolder(layout.root)
        file = try Self.lock("\(layout.root)/lock", for: layout)
    }

    deinit { try? file.close() }

    private static func lock(_ path: String, for layout: TryLayout) throws(TryError) -> FileDescriptor {
        let file: FileDescriptor
        do {
            file = try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.create, .closeOnExec], permissions: .ownerReadWrite)
        } catch {
            throw TryError(.fileSystem, "cannot write \(path): \(error)")
        }
        guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            try? file.close()
            throw TryError(.fileSystem, "another try-out is running in \(layout.root): let it end, or end it")
        }
        return file
    }
}
