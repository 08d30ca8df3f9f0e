import Foundation
import TestSupport
import Testing

@testable import DurableFiles

struct WholeFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func readsWhatWasCreated() throws {
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try WholeFile.create(folder.file("f"), bytes, mode: 0o600)
        #expect(try WholeFile.read(folder.file("f"), limit: bytes.count) == bytes)
        #expect(FileStatus(path: folder.file("f"))?.permissions == 0o600)
        #expect(FileStatus(path: folder.file("f"))?.size == UInt64(bytes.count))
        #expect(folder.names == ["f"], "no temporary file is left")
    }

    @Test func refusesMoreThanTheLimit() throws {
        try WholeFile.create(folder.file("f"), [1, 2, 3], mode: 0o600)
        let error = #expect(throws: FileFailure.self) { try WholeFile.read(folder.file("f"), limit: 2) }
        #expect(error?.code == EFBIG)
        #expect(try WholeFile.read(folder.file("f"), limit: 3) == [1, 2, 3])
    }

    @Test func saysThatAFileIsAbsent() {
        let error = #expect(throws: FileFailure.self) { try WholeFile.read(folder.file("none"), limit: 1) }
        #expect(error?.isAbsence == true)
        #expect(error?.description == "\(folder.file("none")): cannot be read: No such file or directory")
    }

    @Test func refusesAFolderAsAFile() {
        #expect(throws: FileFailure.self) { try WholeFile.read(folder.path, limit: 10) }
    }

    @Test func neverCreatesOverAFileThatIsThere() throws {
        try WholeFile.create(folder.file("f"), [1], mode: 0o600)
        let error = #expect(throws: FileFailure.self) { try WholeFile.create(folder.file("f"), [2], mode: 0o600) }
        #expect(error?.code == EEXIST)
        #expect(try folder.read("f") == [1])
        #expect(folder.names == ["f"])
    }

    @Test func neverCreatesOverALink() throws {
        try folder.write("target", "t")
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("f"), withDestinationPath: folder.file("target"))
        #expect(throws: FileFailure.self) { try WholeFile.create(folder.file("f"), [2], mode: 0o600) }
        #expect(try folder.text("target") == "t")
    }

    @Test func replacesAsAWhole() throws {
        try WholeFile.replace(folder.file("f"), Array(repeating: 1, count: 1000), mode: 0o600)
        let before = FileStatus(path: folder.file("f"))?.inode
        try WholeFile.replace(folder.file("f"), [2], mode: 0o600)
        #expect(try folder.read("f") == [2])
        #expect(FileStatus(path: folder.file("f"))?.inode != before, "the old file is never written to")
        #expect(folder.names == ["f"])
    }

    @Test func leavesNothingWhereTheNameCannotBeTaken() throws {
        try FileManager.default.createDirectory(atPath: folder.file("f/below"), withIntermediateDirectories: true)
        #expect(throws: FileFailure.self) { try WholeFile.replace(folder.file("f"), [2], mode: 0o600) }
        #expect(folder.names == ["f"])
    }

    @Test func failsWhereThereIsNoFolder() {
        #expect(throws: FileFailure.self) { try WholeFile.replace(folder.file("no/f"), [2], mode: 0o600) }
    }
}
