import Foundation
import StoreFormats
import TestSupport
import Testing

@testable import QuorateCommands

@Suite struct TreeDifferenceTests {
    /// What lies at a path, through its NAR in pieces of a size.
    private static func tree(_ path: String, pieces: Int = .max) throws -> TreeContents {
        var nar: [UInt8] = []
        try NarDumper.dump(path) { nar += $0 }
        var tree = TreeContents()
        var parser = NarParser(limits: TreeContents.limits)
        var rest = nar[...]
        while !rest.isEmpty {
            try parser.push(Array(rest.prefix(pieces)), to: &tree)
            rest = rest.dropFirst(pieces)
        }
        try parser.finish()
        return tree
    }

    /// Makes `a` and `b` alike, changes `b`, and names what differs.
    private static func differences(_ change: (TemporaryFolder) throws -> Void) throws -> [String] {
        let folder = try TemporaryFolder()
        for name in ["a", "b"] {
            try folder.write("\(name)/bin/run", "run")
            try folder.write("\(name)/share/doc/text", "text")
            try folder.write("\(name)/share/doc.txt", "text")
            try FileManager.default.createSymbolicLink(
                atPath: folder.file("\(name)/link"), withDestinationPath: "bin/run")
        }
        try change(folder)
        let differences = TreeDifference.list([try tree(folder.file("a")), try tree(folder.file("b"), pieces: 7)])
        return differences.map { "\($0.path) \($0.word)" }
    }

    @Test func equalTreesDifferNowhere() throws {
        #expect(try Self.differences { _ in } == [])
    }

    @Test func contents() throws {
        #expect(try Self.differences { try $0.write("b/share/doc/text", "test") } == ["/share/doc/text contents"])
    }

    @Test func everyKindOfDifference() throws {
        let found = try Self.differences { folder in
            let files = FileManager.default
            try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.file("b/bin/run"))
            try files.removeItem(atPath: folder.file("b/link"))
            try files.createSymbolicLink(atPath: folder.file("b/link"), withDestinationPath: "bin")
            try folder.write("b/new", "")
            try files.removeItem(atPath: folder.file("b/share/doc.txt"))
            try files.createDirectory(atPath: folder.file("b/share/doc.txt"), withIntermediateDirectories: false)
        }
        #expect(found == ["/bin/run executable", "/link target", "/new missing", "/share/doc.txt kind"])
    }

    @Test("A folder that one of them lacks stands for all that is in it, and for nothing beside it")
    func folders() throws {
        let found = try Self.differences { folder in
            try FileManager.default.removeItem(atPath: folder.file("b/share/doc"))
            try folder.write("b/share/doc.txt", "other")
        }
        #expect(found == ["/share/doc missing", "/share/doc.txt contents"])
    }

    @Test func rootsOfTwoKinds() throws {
        let folder = try TemporaryFolder()
        try folder.write("file", "x")
        try folder.write("folder/file", "x")
        let list = TreeDifference.list(
            [try Self.tree(folder.file("file")), try Self.tree(folder.file("folder"))])
        #expect(list.map(\.path) == ["/"])
        #expect(list.first?.word == "kind")
    }

    @Test func threeTrees() throws {
        let folder = try TemporaryFolder()
        for (name, text) in [("a", "1"), ("b", "1"), ("c", "2")] { try folder.write("\(name)/f", text) }
        let list = TreeDifference.list(try ["a", "b", "c"].map { try Self.tree(folder.file($0)) })
        #expect(list.map(\.path) == ["/f"])
        #expect(list.first?.nodes.count == 3)
        #expect(TreeDifference.list([]).isEmpty)
        #expect(TreeDifference.list([try Self.tree(folder.file("a"))]).isEmpty)
    }
}
