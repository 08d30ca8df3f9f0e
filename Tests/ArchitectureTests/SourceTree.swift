import Foundation

/// The checkout, as text.
enum SourceTree {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// One file of a module.
    struct File: CustomStringConvertible, Sendable {
        /// Below the checkout.
        let path: String
        let lines: [Substring]

        var description: String { path }

        /// The modules that it imports, each with its line, counted from 1.
        var imports: [(module: String, line: Int)] {
            lines.enumerated().compactMap { index, line in
                SourceTree.importedModule(line).map { ($0, index + 1) }
            }
        }
    }

    /// The names of the folders directly below one of the checkout's.
    static func folders(in folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(folder)")) ?? []
        return names.sorted().filter { name in
            var isDirectory: ObjCBool = false
            let exists = FileManager.default.fileExists(
                atPath: "\(root)/\(folder)/\(name)", isDirectory: &isDirectory)
            return exists && isDirectory.boolValue
        }
    }

    /// All Swift files below a folder of the checkout.
    static func swiftFiles(in folder: String) -> [File] {
        let paths = FileManager.default.enumerator(atPath: "\(root)/\(folder)")?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix(".swift") }.sorted().compactMap { path in
            text("\(folder)/\(path)").map { text in
                File(path: "\(folder)/\(path)", lines: text.split(separator: "\n", omittingEmptySubsequences: false))
            }
        }
    }

    static func text(_ path: String) -> String? { try? String(contentsOfFile: "\(root)/\(path)", encoding: .utf8) }

    /// The module that a line imports: `@testable import struct Foundation.Data` is `Foundation`.
    static func importedModule(_ line: Substring) -> String? {
        let access: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
        let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
        var words = line.split { $0 == " " || $0 == "\t" }.drop { $0.hasPrefix("@") || access.contains($0) }
        guard words.popFirst() == "import", let first = words.popFirst() else { return nil }
        let name = kinds.contains(first) ? words.popFirst() ?? first : first
        return name.split(separator: ".").first.map(String.init)
    }
}

extension SourceTree {
    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: "\(root)/\(path)") }

    /// The pages of the documentation, below the checkout.
    static let pages: [String] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/docs")) ?? []
        return names.filter { $0.hasSuffix(".md") }.sorted().map { "docs/\($0)" }
    }()
}
