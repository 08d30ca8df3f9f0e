import Glibc
import TestSupport
import Testing

@testable import TransparencyLog

@Suite struct LogDirectoryTests {
    @Test func newLogHasItsFirstCheckpoint() throws {
        let fixture = try LogFixture()
        #expect(try fixture.publishedSize() == 0)
        #expect(try fixture.damage() == [])
        #expect(throws: TransparencyLogError(.exists, "")) {
            try LogDirectory.create(fixture.log.root, signer: fixture.signer)
        }
    }

    @Test func filesNeverChangeAndAllMayReadThem() async throws {
        let fixture = try LogFixture()
        try await fixture.grow(by: 0..<300)
        var status = stat()
        #expect(lstat(fixture.log.root + "/tile/0/000", &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o444)
        #expect(lstat(fixture.log.root + "/tile/entries/000", &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o444)
        #expect(lstat(fixture.log.root + "/.state", &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o700)
    }

    @Test func partialIsCutFromItsFullTile() async throws {
        let fixture = try LogFixture()
        try await fixture.grow(by: 0..<600)
        let full = try #require(TilePath(.entries, number: 1))
        let bundle = try #require(try await fixture.log.read(full))
        for width in [1, 100, 255] {
            let path = try #require(TilePath(.entries, number: 1, width: width))
            let entries = try EntryBundle.decode(try #require(try await fixture.log.read(path)), count: width)
            #expect(entries == Array(try EntryBundle.decode(bundle, count: 256).prefix(width)))
            let hashes = try #require(TilePath(.hashes(level: 0), number: 1, width: width))
            #expect(try await fixture.log.read(hashes)?.count == 32 * width)
        }
        #expect(try await fixture.log.read(try #require(TilePath(.entries, number: 3))) == nil)
    }

    @Test func existingFileIsNeverReplaced() throws {
        let fixture = try LogFixture()
        var writer = TileWriter(fixture.log)
        let path = try #require(TilePath(.entries, number: 1_234_067))
        try writer.write([(path, [1, 2, 3])])
        try writer.write([(path, [1, 2, 3])])
        #expect(throws: TransparencyLogError(.damage, "")) { try writer.write([(path, [1, 2, 4])]) }
        #expect(try fixture.folder.read("log/tile/entries/x001/x234/067") == [1, 2, 3])
    }

    @Test func listsStandUnderTheirDigest() throws {
        let fixture = try LogFixture()
        let digest = try fixture.log.keepList(.references, Array("list\n".utf8))
        #expect(digest.hex == "7fd09355f7901c0dba3aaec7ae0950f71ed35068d154e0a8f5cf4e8cb9de7bd4")
        #expect(try fixture.log.keepList(.references, Array("list\n".utf8)) == digest)
        #expect(try fixture.log.list(.references, digest) == Array("list\n".utf8))
        #expect(try fixture.log.list(.inputs, digest) == nil)
        chmod(fixture.log.listFile(.references, digest), 0o600)
        try fixture.folder.write("log/references/\(digest.hex)", "lies\n")
        #expect(throws: TransparencyLogError(.file, "")) { try fixture.log.list(.references, digest) }
        #expect(try fixture.damage().count == 1)
    }

    @Test func collectsPartialsThatAreFull() async throws {
        let fixture = try LogFixture()
        try await fixture.grow(by: 0..<600)
        let bundle = try fixture.folder.read("log/tile/entries/000")
        try fixture.folder.write(
            "log/tile/entries/000.p/7", Array(bundle[..<(LogDirectory.end(ofEntries: 7, in: bundle) ?? 0)]))
        #expect(try fixture.damage() == [])
        #expect(try fixture.log.collectPartials(below: 600) == 1)
        #expect(try fixture.log.collectPartials(below: 600) == 0)
        // The partial tiles of what is published stay.
        #expect(try fixture.folder.read("log/tile/0/002.p/88").count == 88 * 32)
    }
}
