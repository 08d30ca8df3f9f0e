import Foundation
import StoreFormats
import Testing

/// Files that nix and guix made; see the README.md beside them.
enum Fixture {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures")

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
    }

    static func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

    /// The derivation whose file's name ends like this.
    static func derivation(
        _ name: String, in directory: StoreDirectory = .nix
    ) throws -> (path: StorePath, derivation: Derivation) {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        for file in files where file.hasSuffix(name) {
            let path = try StorePath(baseName: file, in: directory)
            if let derivation = try? Derivation(parsing: try bytes(file), at: path) { return (path, derivation) }
        }
        throw CocoaError(.fileNoSuchFile)
    }
}
