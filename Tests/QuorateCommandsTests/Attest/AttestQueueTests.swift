import Foundation
import StoreFormats
import TestSupport
import Testing

@testable import QuorateCommands

@Suite("The queue of post-build hooks")
struct AttestQueueTests {
    private let folder: TemporaryFolder
    private let queue: AttestQueue

    init() throws {
        folder = try TemporaryFolder()
        queue = AttestQueue(folder: folder.file("queue"))
    }

    private func path(_ number: Int) throws -> StorePath {
        let hash = String(repeating: "0", count: 32 - "\(number)".count) + "\(number)"
        return try StorePath("/nix/store/\(hash)-thing")
    }

    @Test("Builds come out as they went in, each once") func order() throws {
        #expect(try queue.items().isEmpty)
        try queue.add([path(2), path(1), path(2)])
        try queue.add([path(3)])
        try queue.add([path(1), path(2)])
        let items = try queue.items()
        #expect(Set(items.map(\.paths)) == [[try path(1), try path(2)], [try path(3)]])
        queue.remove(items[0])
        #expect(try queue.items() == Array(items.dropFirst()))
        queue.remove(items[1])
        #expect(try queue.items().isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: queue.folder).isEmpty)
    }

    @Test("What was added again while it was worked off stays") func again() throws {
        try queue.add([path(1)])
        let item = try #require(queue.items().first)
        let file = try #require(FileManager.default.contentsOfDirectory(atPath: queue.folder).first)
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: Double(item.addedAt) + 2)],
            ofItemAtPath: queue.folder + "/" + file)
        queue.remove(item)
        #expect(try queue.items().map(\.paths) == [[try path(1)]])
    }

    @Test("Files that are no builds are left alone")
    func strangers() throws {
        try queue.add([path(1)])
        let name = try #require(FileManager.default.contentsOfDirectory(atPath: queue.folder).first)
        let text = try folder.text("queue/" + name)
        for change in ["", "x", text + "\n", text + "path /etc/passwd\n", text.replacing("path ", with: "path  ")] {
            try folder.write("queue/" + String(repeating: "a", count: 64), change)
            #expect(try queue.items().count == 1)
        }
        try folder.write("queue/\(String(repeating: "b", count: 64))/x", "")
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("queue/" + String(repeating: "c", count: 64)), withDestinationPath: name)
        #expect(try queue.items().count == 1)
    }

    @Test("It has a bound, and takes no links for a folder") func bounds() throws {
        #expect(throws: CommandError.self) { try queue.add([]) }
        #expect(throws: CommandError.self) { try queue.add((0...AttestQueue.maximumPaths).map(path)) }
        try FileManager.default.createDirectory(atPath: folder.file("real"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("queue"), withDestinationPath: folder.file("real"))
        #expect(throws: CommandError.self) { try queue.add([path(1)]) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("real")).isEmpty)
    }

    @Test("When nobody works it off, it takes no more") func full() throws {
        for number in 0..<AttestQueue.maximumCount {
            try folder.write("queue/\(number)", "")
        }
        #expect(throws: CommandError.self) { try queue.add([path(1)]) }
    }
}
