internal import Glibc

/// Folders.
package enum Directory {
    /// Makes a folder and those above it, for this user alone where they are new; new ones survive a power failure.
    package static func make(_ path: String) throws(FileFailure) {
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            made += "/" + part
            if mkdir(made, 0o700) == 0 {
                try sync(of: made)
                continue
            }
            let code = errno
            var status = stat()
            guard stat(made, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
                throw FileFailure(made, "cannot be made", code: code)
            }
        }
    }

    /// The names in a folder, without `.` and `..`, in no order.
    package static func names(in path: String) throws(FileFailure) -> [String] {
        guard let handle = opendir(path) else { throw FileFailure(path, "cannot be read") }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// Makes a new name in the folder of `path` durable.
    package static func sync(of path: String) throws(FileFailure) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileFailure(folder, "cannot be synced") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileFailure(folder, "cannot be synced") }
    }
}
