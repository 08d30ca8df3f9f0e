import Foundation
import TestSupport
import Testing

@testable import DurableFiles

struct DirectoryTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func makesFoldersForThisUserAlone() throws {
        try Directory.make(folder.file("a/b/c"))
        try Directory.make(folder.file("a/b/c"))
        for name in ["a", "a/b", "a/b/c"] {
            let status = try #require(FileStatus(path: folder.file(name)))
            #expect(status.isDirectory)
            #expect(status.permissions == 0o700)
        }
    }

    @Test func refusesAFileInTheWay() throws {
        try folder.write("a", "file")
        let error = #expect(throws: FileFailure.self) { try Directory.make(folder.file("a/b")) }
        #expect(error?.path == folder.file("a"))
    }

    @Test func namesEverythingButDots() throws {
        for name in [".hidden", "ä", "plain", String(repeating: "n", count: 255)] { try folder.write(name, "") }
        #expect(Set(try Directory.names(in: folder.path)) == Set(folder.names))
        #expect(throws: FileFailure.self) { try Directory.names(in: folder.file("none")) }
    }

    @Test func statusDoesNotFollowALink() throws {
        try folder.write("target", "12345")
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("link"), withDestinationPath: folder.file("target"))
        #expect(FileStatus(path: folder.file("link"))?.isRegular == false)
        #expect(FileStatus(path: folder.file("target"))?.isRegular == true)
        #expect(FileStatus(path: folder.file("none")) == nil)
    }
}
