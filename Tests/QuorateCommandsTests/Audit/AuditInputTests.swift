import Foundation
import TestSupport
import Testing

@testable import QuorateCommands

/// `audit --root`: what lies below the folder is looked at and nothing else.
@Suite struct AuditInputTests {
    private func status(root: String) async -> QuorateCommands.ExitStatus? {
        do {
            _ = try await AuditInput.read(file: nil, root: root)
            return nil
        } catch {
            return error.status
        }
    }

    @Test("A folder without Nix is named as such, and nothing is made there")
    func noStore() async throws {
        let folder = try TemporaryFolder()
        #expect(await status(root: folder.path) == .noInput)
        #expect(await status(root: folder.file("typo")) == .noInput)
        try folder.write("var/guix/db/db.sqlite", "")
        #expect(await status(root: folder.path + "/") == .noInput)
        #expect(folder.names == ["var"])
    }

    @Test("A link does not lead out of the folder", arguments: ["nix", "nix/var", "nix/var/nix/db", "nix/store"])
    func links(place: String) async throws {
        let folder = try TemporaryFolder()
        try folder.write("elsewhere/var/nix/db/db.sqlite", "")
        let parent = URL(fileURLWithPath: folder.file(place)).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: folder.file(place), withDestinationPath: folder.file("elsewhere"))
        #expect(await status(root: folder.path) == .badData)
    }

    @Test func whatIsNoDatabase() async throws {
        let folder = try TemporaryFolder()
        try folder.write("nix/var/nix/db/db.sqlite", String(repeating: "nonsense", count: 1000))
        #expect(await status(root: folder.path) == .badData)
    }
}
