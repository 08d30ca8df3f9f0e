import Glibc
import TestSupport
import Testing

@testable import TransparencyLog

@Suite struct LogCheckTests {
    @Test func soundLogIsSound() async throws {
        let fixture = try LogFixture()
        try await fixture.grow(by: 0..<700)
        let report = try fixture.log.check(key: fixture.signer.key)
        #expect(report.isSound)
        #expect(report.findings.filter { $0.severity == .leftover } == [])
        #expect(report.publishedSize == 700)
        #expect(report.signedSize == 700)
        #expect(report.durableSize == 700)
        #expect(report.bundles == 2)
        #expect(report.tiles == 2)
    }

    @Test(arguments: [
        "checkpoint", ".state/head", "tile/entries/000", "tile/entries/001", "tile/0/000", "tile/0/001",
        "tile/0/002.p/188", "tile/entries/002.p/188", "tile/1/000.p/2",
    ])
    func findsAChangedByte(_ name: String) async throws {
        let fixture = try LogFixture()
        try await fixture.grow(by: 0..<700)
        let file = "log/\(name)"
        var bytes = try fixture.folder.read(file)
        bytes[bytes.count / 2] ^= 1
        chmod(fixture.folder.file(file), 0o600)
        try fixture.folder.write(file, bytes)
        let damage = try fixture.damage()
        #expect(damage.contains { $0.contains(name) || name.contains("entries") }, "\(damage)")
    }

    @Test(arguments: ["tile/entries/001", "tile/0/000"])
    func findsAMissingFile(_ name: String) async throws {
        let fixture = try LogFixture()
        try await fixture.grow(by: 0..<700)
        unlink(fixture.folder.file("log/\(name)"))
        #expect(try fixture.damage() != [])
    }

    @Test func tellsWhatIsTooMuch() async throws {
        let fixture = try LogFixture()
        try await fixture.grow(by: 0..<300)
        try fixture.folder.write("log/tile/0/005", Array(repeating: 0, count: 8192))
        #expect(try fixture.damage().count == 1)
        unlink(fixture.folder.file("log/tile/0/005"))
        try fixture.folder.write("log/tile/0/stray", "")
        try fixture.folder.write("log/.state/new/7", "half")
        let report = try fixture.log.check(key: fixture.signer.key)
        #expect(report.isSound)
        #expect(report.findings.count == 2)
    }

    @Test func anotherKeyIsDamageAndNoLogIsAnError() async throws {
        let fixture = try LogFixture()
        let other = try NoteSigner(name: "test.example/log", kind: .ed25519, seed: Array(2...33))
        #expect(try !fixture.log.check(key: other.key).isSound)
        #expect(throws: TransparencyLogError(.missing, "")) {
            try LogDirectory(fixture.folder.file("nothing")).check(key: other.key)
        }
    }
}
