import Foundation
import LocalStore
import LocalStoreSQLite
import StoreFormats
import TestSupport
import Testing

/// A store in a folder of its own, and things to put into it.
struct StoreSample {
    let folder: TemporaryFolder
    let store: LocalStore

    init(isDurable: Bool = false) async throws {
        folder = try TemporaryFolder()
        store = try await Self.open(folder, isDurable: isDurable)
    }

    static func open(_ folder: TemporaryFolder, isDurable: Bool = false) async throws -> LocalStore {
        try await LocalStore.open(folder: folder.file("store"), options: LocalStoreOptions(isDurable: isDurable))
    }

    /// A path whose digits follow from a number.
    static func path(_ number: Int, _ name: String = "thing", in directory: StoreDirectory = .nix) throws -> StorePath {
        let digits = ContentHash(of: Array("\(number)".utf8), algorithm: .sha1).digest
        return try StorePath(hashPart: digits, name: "\(name)-\(number)", in: directory)
    }

    /// A finished output with one file, in a staging folder.
    func tree(_ text: String) throws -> (StagingFolder, String) {
        let staging = try store.makeStaging("sample")
        let tree = staging.path + "/out"
        try FileManager.default.createDirectory(atPath: tree, withIntermediateDirectories: false)
        try Data(text.utf8).write(to: URL(fileURLWithPath: tree + "/file"))
        return (staging, tree)
    }

    /// Makes a path valid that refers to others.
    @discardableResult
    func build(
        _ number: Int, references: [Int] = [], deriver: StorePath? = nil, name: String = "thing", text: String? = nil
    ) async throws -> PathInfo {
        let path = try Self.path(number, name)
        let (staging, tree) = try tree(text ?? "contents of \(number)")
        let scan = try await store.scan(output: tree, candidates: [])
        let info = PathInfo(
            path: path, narHash: scan.narHash, narSize: scan.narSize,
            references: try references.map { try Self.path($0) }, deriver: deriver)
        try await store.register([NewPath(info: info, from: tree)])
        try await staging.remove()
        return info
    }

    /// Fails the test unless `body` is refused with this code, in one line.
    static func expect(_ code: LocalStoreError.Code, _ body: () async throws -> Void) async {
        do {
            try await body()
            Issue.record("nothing was refused")
        } catch let error as LocalStoreError {
            #expect(error.code == code, "\(error)")
            #expect(!error.message.contains("\n"))
        } catch {
            Issue.record(error)
        }
    }
}
