import Foundation
import TestSupport
import Testing

@testable import DurableFiles

struct DurableFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func appearsOnlyWhenCommitted() throws {
        let file = try DurableFile(temporary: folder.file("t"), mode: 0o644)
        try file.write([1, 2])
        try [3 as UInt8].withUnsafeBytes { try file.write($0) }
        #expect(file.size == 3)
        #expect(folder.names == ["t"])
        try file.commit(as: folder.file("f"))
        #expect(folder.names == ["f"])
        #expect(try folder.read("f") == [1, 2, 3])
    }

    @Test func goesWhenDiscarded() throws {
        let file = try DurableFile(temporary: folder.file("t"), mode: 0o644)
        try file.write([1])
        file.discard()
        #expect(folder.names.isEmpty)
        #expect(throws: FileFailure.self) { try file.write([2]) }
    }

    @Test func neverWritesThroughALink() throws {
        try folder.write("victim", "v")
        try FileManager.default.createSymbolicLink(atPath: folder.file("t"), withDestinationPath: folder.file("victim"))
        #expect(throws: FileFailure.self) { try DurableFile(temporary: folder.file("t"), mode: 0o644) }
        #expect(try folder.text("victim") == "v")
    }

    @Test func commitsAsNewOnlyWhereNothingIs() throws {
        try folder.write("f", "old")
        let file = try DurableFile(temporary: folder.file("t"), mode: 0o644)
        try file.write([1])
        #expect(throws: FileFailure.self) { try file.commitAsNew(folder.file("f")) }
        #expect(try folder.text("f") == "old")
        file.discard()
        #expect(folder.names == ["f"])
    }
}
