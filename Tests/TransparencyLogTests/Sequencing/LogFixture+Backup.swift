import Glibc
import TestSupport

@testable import TransparencyLog

extension LogFixture {
    /// All files of the log.
    func backup() throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        try visit("log") { files[$0] = try folder.read($0) }
        return files
    }

    /// Puts the log back as it was.
    func restore(_ files: [String: [UInt8]]) throws {
        try visit("log") { unlink(folder.file($0)) }
        for (name, bytes) in files { try folder.write(name, bytes) }
    }

    private func visit(_ name: String, _ body: (String) throws -> Void) throws {
        var status = stat()
        guard lstat(folder.file(name), &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else { return try body(name) }
        guard let handle = opendir(folder.file(name)) else { return }
        defer { closedir(handle) }
        while let entry = readdir(handle) {
            let part = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if part != "." && part != ".." { try visit("\(name)/\(part)", body) }
        }
    }
}
