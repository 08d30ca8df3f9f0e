import FoundationEssentials
import Testing

@testable import QuorateCommands

@Suite struct TryLayoutTests {
    @Test(arguments: [
        (["HOME": "/home/ada"], "/home/ada/.cache/quorate/try"),
        (["HOME": "/home/ada", "XDG_CACHE_HOME": "/big"], "/big/quorate/try"),
        (["HOME": "/home/ada", "XDG_CACHE_HOME": "relative"], "/home/ada/.cache/quorate/try"),
        ([:], "/root/.cache/quorate/try"),
    ])
    func followsTheXDGFolders(environment: [String: String], root: String) {
        #expect(TryLayout(environment: environment).root == root)
    }

    @Test func removesReadOnlyStoresOfEarlierRuns() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "layout-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let earlier = TryLayout(root: folder.path, number: 1)
        #expect(try await earlier.startRun().isEmpty)
        let store = "\(earlier.home(of: "ash"))/store"
        try TryLayout.makeFolder(store)
        try TryLayout.write("x".utf8, to: "\(store)/file")
        try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: store)
        try TryLayout.makeFolder(earlier.inputs)

        let later = TryLayout(root: folder.path, number: 2)
        #expect(try await later.startRun().isEmpty)
        #expect(!FileManager.default.fileExists(atPath: earlier.run))
        #expect(FileManager.default.fileExists(atPath: later.run))
        #expect(FileManager.default.fileExists(atPath: later.inputs))
    }

    @Test func oneAtATime() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "lock-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let layout = TryLayout(root: folder.path, number: 1)
        do {
            let held = try TryLock(layout)
            #expect(throws: TryError(.fileSystem, "")) { _ = try TryLock(layout) }
            extendLifetime(held)
        }
        #expect(throws: Never.self) { _ = try TryLock(layout) }
    }

    @Test func secretsAreForTheOwnerOnly() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "secret-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try TryLayout.write("s".utf8, to: file.path, secret: true)
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }
}
