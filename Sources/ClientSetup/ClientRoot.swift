import Glibc

/// The file system of the machine whose settings are read: `/`, or a folder that stands for it.
package struct ClientRoot: Sendable {
    /// The most that is read of a file: settings are kilobytes, and a file that grows for ever must not take the memory.
    package static let fileLimit = 4 << 20

    private let prefix: String

    /// - Parameter path: the folder below which absolute paths are looked up.
    package init(_ path: String = "/") {
        var prefix = path
        while prefix.hasSuffix("/") { prefix.removeLast() }
        self.prefix = prefix
    }

    /// The bytes of a file, or nil when there is no such file.
    ///
    /// - Parameter path: an absolute path, as the machine itself would name it.
    /// - Throws: `unreadable` when the file is there and cannot be read, `tooLarge` above `fileLimit`.
    package func contents(of path: String) throws(ClientSetupError) -> [UInt8]? {
        let descriptor = open(prefix + path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw unreadable(path)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path) }
            if count == 0 { return bytes }
            guard bytes.count + count <= Self.fileLimit else {
                throw ClientSetupError(.tooLarge, at: .file(path), "larger than \(Self.fileLimit) bytes")
            }
            bytes.append(contentsOf: buffer[..<count])
        }
    }

    /// The text of a file, or nil when there is no such file.
    package func text(of path: String) throws(ClientSetupError) -> String? {
        guard let bytes = try contents(of: path) else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ClientSetupError(.malformed, at: .file(path), "not UTF-8 text")
        }
        return text
    }

    /// The names in a folder, in no order; none where it cannot be read.
    func names(in path: String) -> [String] {
        guard let handle = opendir(prefix + path) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { names.append(String(cString: $0)) }
            }
        }
        return names
    }

    private func unreadable(_ path: String) -> ClientSetupError {
        ClientSetupError(.unreadable, at: .file(path), "cannot be read: \(String(cString: strerror(errno)))")
    }
}
