import FoundationEssentials
import Glibc

/// Where the benchmarks keep what they generate and what the programs leave.
struct WorkFolder {
    let root: String

    init(_ root: String) throws {
        self.root = root
        try make("")
    }

    func path(_ name: String) -> String { name.isEmpty ? root : "\(root)/\(name)" }

    @discardableResult
    func make(_ name: String) throws -> String {
        let path = path(name)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// A folder of that name with nothing in it.
    func empty(_ name: String) throws -> String {
        remove(name)
        return try make(name)
    }

    func remove(_ name: String) { try? FileManager.default.removeItem(atPath: path(name)) }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

    func write(_ bytes: some Sequence<UInt8>, to name: String) throws {
        try Data(bytes).write(to: URL(filePath: path(name)))
    }

    /// The same, making the folders that the name needs.
    func writeWithFolder(_ bytes: [UInt8], to name: String) throws {
        let url = URL(filePath: path(name))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    static func write(_ text: String, toFile path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    func write(_ text: String, to name: String) throws { try write(text.utf8, to: name) }

    func read(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path(name)))) }
}
