import DurableFiles
import Foundation
import TestSupport
import Testing

@testable import TransparencyLog

/// A log's folder brought back from a copy, by a copy that may lie.
@Suite struct LogRestorationTests {
    /// A folder beside the log's.
    private func other(_ fixture: LogFixture, _ name: String = "other") -> LogDirectory {
        LogDirectory(fixture.folder.file(name))
    }

    private func copy(_ fixture: LogFixture, to name: String) throws {
        try FileManager.default.copyItem(atPath: fixture.log.root, toPath: fixture.folder.file(name))
    }

    private func checkpoint(_ log: LogDirectory, _ fixture: LogFixture) throws -> VerifiedCheckpoint {
        try VerifiedCheckpoint(try #require(try log.checkpointNote()), logKey: fixture.signer.key)
    }

    private func restore(_ log: LogDirectory, from copy: LogDirectory, _ fixture: LogFixture) async throws -> UInt64 {
        try await LogRestoration.restore(
            log, signer: fixture.signer, to: try checkpoint(copy, fixture), from: copy
        ).before
    }

    /// Whether a log is sound, goes on, and begins with another one's tree.
    private func expectWhole(_ log: LogDirectory, like fixture: LogFixture, _ size: UInt64) async throws {
        let report = try log.check(key: fixture.signer.key)
        #expect(report.isSound && report.signedSize == size, "\(report.findings)")
        let root = try log.root(of: size, inTreeOf: size)
        #expect(try root == checkpoint(fixture.log, fixture).root)
        let sequencer = try await Sequencer.open(log, signer: fixture.signer, settings: LogFixture.eager)
        #expect(try await sequencer.add(LogFixture.entry(0)).isDuplicate)
        let added = try await sequencer.add(Array("one more".utf8))
        #expect(added.index == size)
        try await sequencer.published(added.index)
        await sequencer.close()
        #expect(try log.check(key: fixture.signer.key).isSound)
        #expect(try log.root(of: size, inTreeOf: size + 1) == root)
    }

    @Test(arguments: [1, 255, 256, 257, 700]) func anEmptyFolder(size: Int) async throws {
        let fixture = try LogFixture()
        try await fixture.grow(by: 0..<size)
        let log = other(fixture)
        #expect(try await restore(log, from: fixture.log, fixture) == 0)
        try await expectWhole(log, like: fixture, UInt64(size))
    }

    @Test(arguments: [0, 1, 256, 300]) func anOldFolder(size: Int) async throws {
        let fixture = try LogFixture()
        if size > 0 { try await fixture.grow(by: 0..<size) }
        try copy(fixture, to: "other")
        try await fixture.grow(by: size..<700)
        let log = other(fixture)
        #expect(try await restore(log, from: fixture.log, fixture) == UInt64(size))
        // Again, as after a run that was cut short.
        #expect(try await restore(log, from: fixture.log, fixture) == 700)
        try await expectWhole(log, like: fixture, 700)
    }

    @Test func aFolderThatWentItsOwnWay() async throws {
        let fixture = try LogFixture()
        try await fixture.grow(by: 0..<300)
        try copy(fixture, to: "other")
        try await fixture.grow(by: 300..<400)
        let log = other(fixture)
        let sequencer = try await Sequencer.open(log, signer: fixture.signer, settings: LogFixture.eager)
        _ = try await sequencer.add(Array("elsewhere".utf8))
        await sequencer.close()
        let head = try fixture.folder.read("other/.state/head")
        await #expect(throws: TransparencyLogError.self) { try await restore(log, from: fixture.log, fixture) }
        // Nor does one that is ahead of the copy go back.
        await #expect(throws: TransparencyLogError.self) { try await restore(fixture.log, from: log, fixture) }
        #expect(try fixture.folder.read("other/.state/head") == head)
        #expect(try log.check(key: fixture.signer.key).isSound)
        #expect(try fixture.damage().isEmpty)
    }

    @Test func whileAnotherProcessWrites() async throws {
        let fixture = try LogFixture()
        try await fixture.grow(by: 0..<10)
        try copy(fixture, to: "other")
        let log = other(fixture)
        let sequencer = try await Sequencer.open(log, signer: fixture.signer, settings: LogFixture.eager)
        await #expect(throws: TransparencyLogError.self) { try await restore(log, from: fixture.log, fixture) }
        await sequencer.close()
        #expect(try await restore(log, from: fixture.log, fixture) == 10)
    }

    // Tiles of hashes that follow from full bundles are not read from the copy at all.
    @Test(arguments: ["tile/entries/001", "tile/entries/002.p/188", "tile/0/002.p/188", "tile/1/000.p/2"])
    func aCopyThatLies(_ name: String) async throws {
        let fixture = try LogFixture()
        try await fixture.grow(by: 0..<700)
        try copy(fixture, to: "copy")
        var bytes = try fixture.folder.read("copy/" + name)
        bytes[bytes.count / 2] ^= 1
        try FileManager.default.removeItem(atPath: fixture.folder.file("copy/" + name))
        try fixture.folder.write("copy/" + name, bytes)
        let log = other(fixture)
        await #expect(throws: (any Error).self) {
            try await restore(log, from: other(fixture, "copy"), fixture)
        }
        #expect(FileStatus(path: log.headFile) == nil, "what is not whole counts as no log")
        // What came is of use, and the rest comes from one that does not lie.
        _ = try await restore(log, from: fixture.log, fixture)
        try await expectWhole(log, like: fixture, 700)
    }

    @Test func anotherLogsCopy() async throws {
        let fixture = try LogFixture()
        try await fixture.grow(by: 0..<10)
        let stranger = try NoteSigner(name: "test.example/log", kind: .ed25519, seed: Array(2...33))
        let copy = try checkpoint(fixture.log, fixture)
        await #expect(throws: TransparencyLogError.self) {
            _ = try await LogRestoration.restore(other(fixture), signer: stranger, to: copy, from: fixture.log)
        }
    }
}
