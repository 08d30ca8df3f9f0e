import ClientSetup
import Glibc
import Quorum
import StoreFormats
import TestSupport
import Testing

@testable import QuorateCommands

@Suite struct DiskContentsTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Writes a file into a store below the folder, and gives what a store would have recorded of it.
    private func install(_ text: String, flat: Bool = false) throws -> InstalledPath {
        let bytes = Array(text.utf8)
        let address = try ContentAddress(method: .flat, hash: ContentHash(of: bytes, algorithm: .sha512))
        let path =
            flat
            ? try address.storePath(name: "file") : try StorePath("/nix/store/387nh97y1gmnfsayfi9b3bxh28i479lv-file")
        try folder.write(String(path.path.dropFirst()), bytes)
        let digest = try NarHasher.hash(path: folder.path + path.path)
        return InstalledPath(
            path: path.path,
            outcome: StorePathOutcome(
                narHash: try #require(Digest256(digest.hash.bytes)), narSize: digest.size, references: []),
            contentAddress: flat ? address : nil)
    }

    private func finding(_ path: InstalledPath) async -> DiskContents.Finding {
        let disk = DiskContents(root: folder.path)
        return await disk.check([(installed: path, proof: SelfProof(path))], onBytes: { _ in })[0]
    }

    @Test func recognisesWhatWasRecorded() async throws {
        #expect(await finding(try install("hello")) == .matches)
        let flat = try install("flat", flat: true)
        #expect(SelfProof(flat) != .none)
        #expect(await finding(flat) == .matches)
    }

    @Test func seesChangedContents() async throws {
        let path = try install("hello")
        try folder.write(String(path.path.dropFirst()), Array("hellO".utf8))
        guard case .altered(let digest) = await finding(path) else {
            Issue.record("the change was not seen")
            return
        }
        #expect(digest.hash.bytes != path.outcome.narHash.bytes)
    }

    /// A record that was changed along with the file does not help where the path commits to the contents.
    @Test func seesContentsThatTheAddressDoesNotHave() async throws {
        let flat = try install("flat", flat: true)
        try folder.write(String(flat.path.dropFirst()), Array("evil".utf8))
        let digest = try NarHasher.hash(path: folder.path + flat.path)
        let forged = InstalledPath(
            path: flat.path,
            outcome: StorePathOutcome(
                narHash: try #require(Digest256(digest.hash.bytes)), narSize: digest.size, references: []),
            contentAddress: flat.contentAddress)
        guard case .breaksAddress = await finding(forged) else {
            Issue.record("the address was not compared")
            return
        }
    }

    @Test func tellsMissingFromUnreadable() async throws {
        let path = try install("hello")
        #expect(unlink(folder.path + path.path) == 0)
        #expect(await finding(path) == .missing)
        #expect(mkfifo(folder.path + path.path, 0o600) == 0)
        guard case .unreadable = await finding(path) else {
            Issue.record("a pipe was taken for contents")
            return
        }
    }
}
