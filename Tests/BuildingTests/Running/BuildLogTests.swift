import StoreFormats
import Synchronization
import TestSupport
import Testing

@testable import Building

@Suite struct BuildLogTests {
    private func path() throws -> StorePath {
        try StorePath("/nix/store/0123456789abcdfghijklmnpqrsvwxyz-x.drv", in: .nix)
    }

    private func read(_ logs: BuildLogStore, _ path: StorePath) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try logs.read(path) { bytes += $0 }
        return bytes
    }

    @Test(arguments: [0, 1, 1000, 1 << 18, 3_000_001])
    func comesBack(_ size: Int) throws {
        let folder = try TemporaryFolder()
        let logs = BuildLogStore(folder: folder.file("log"))
        let path = try path()
        #expect(logs.file(of: path) == nil)
        let writer = BuildLogWriter(path: logs.place(of: path)) { _ in }
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
        for start in stride(from: 0, to: size, by: 70_001) {
            bytes[start..<min(size, start + 70_001)].withUnsafeBytes { writer.push($0) }
        }
        let end = writer.finish()
        #expect(end.trouble == nil)
        #expect(end.size == UInt64(size))
        #expect(logs.file(of: path) == folder.file("log/drvs/01/23456789abcdfghijklmnpqrsvwxyz-x.drv.zst"))
        let isEqual = try read(logs, path) == bytes
        #expect(isEqual)
    }

    @Test func appearsWhenItIsOver() throws {
        let folder = try TemporaryFolder()
        let logs = BuildLogStore(folder: folder.path)
        let writer = BuildLogWriter(path: logs.place(of: try path())) { _ in }
        [UInt8](repeating: 0x61, count: 1 << 20).withUnsafeBytes { writer.push($0) }
        #expect(logs.file(of: try path()) == nil)
        _ = writer.finish()
        #expect(logs.file(of: try path()) != nil)
    }

    @Test func tellsLines() throws {
        let folder = try TemporaryFolder()
        let seen = Mutex<[String]>([])
        let writer = BuildLogWriter(path: folder.file("x")) { line in
            seen.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
        }
        writer.note("one")
        Array("two\nthr".utf8).withUnsafeBytes { writer.push($0) }
        Array("ee".utf8).withUnsafeBytes { writer.push($0) }
        #expect(writer.finish().tail == ["one", "two", "three"])
        #expect(seen.withLock { $0 } == ["one", "two", "three"])
    }

    /// A log that cannot be written is no reason to fail a build.
    @Test func survivesTrouble() throws {
        let folder = try TemporaryFolder()
        try folder.write("file", "")
        let writer = BuildLogWriter(path: folder.file("file/below/x")) { _ in }
        writer.note("one")
        let end = writer.finish()
        #expect(end.trouble != nil)
        #expect(end.tail == ["one"])
    }

    @Test func refusesDamage() throws {
        let folder = try TemporaryFolder()
        let logs = BuildLogStore(folder: folder.path)
        #expect(throws: BuildingError(.notFound, "")) { try read(logs, path()) }
        try folder.write("drvs/01/23456789abcdfghijklmnpqrsvwxyz-x.drv.zst", "nonsense")
        #expect(throws: (any Error).self) { try read(logs, path()) }
    }
}
