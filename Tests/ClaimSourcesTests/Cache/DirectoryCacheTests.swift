import ClaimSources
import Foundation
import NIOCore
import Synchronization
import TestSupport
import Testing

/// A cache in a folder: what is there is served, and nothing from outside.
struct DirectoryCacheTests {
    let folder: TemporaryFolder
    private var root: String { folder.file("cache") }

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("cache/x.narinfo", "narinfo")
        try folder.write("cache/nar/x.nar", String(repeating: "n", count: 100))
        try folder.write("secret", "secret")
    }

    private func withCache<Value>(
        _ url: String? = nil, limit: Int = 1000, _ body: (BinaryCache) async throws -> Value
    ) async throws -> Value {
        let resources = HTTPResources()
        var limits = HTTPLimits()
        limits.bodyBytes = limit
        let result: Result<Value, any Error>
        do {
            result = .success(
                try await body(try BinaryCache(url: url ?? "file://\(root)", limits: limits, resources: resources)))
        } catch {
            result = .failure(error)
        }
        await resources.shutdown()
        return try result.get()
    }

    private func text(_ answer: HTTPAnswer) -> String {
        switch answer {
        case .body(let body): "body " + String(buffer: body)
        case .absent: "absent"
        case .trouble(let trouble): "\(trouble.kind == .tooLarge ? "too large" : "trouble")"
        }
    }

    @Test func servesWhatIsThere() async throws {
        try await withCache { cache in
            #expect(cache.address == "file://\(root)/")
            let answers = Mutex<[Int: String]>([:])
            await cache.get(["x.narinfo", "y.narinfo", "nar/x.nar", "x.narinfo/y", "none/y"]) { index, answer in
                let text = text(answer)
                answers.withLock { $0[index] = ($0[index] ?? "") + text }
            }
            let expected = ["body narinfo", "absent", "body " + String(repeating: "n", count: 100), "absent", "absent"]
            #expect(answers.withLock { $0 } == Dictionary(uniqueKeysWithValues: expected.enumerated().map { ($0, $1) }))
        }
    }

    @Test(arguments: [
        "../secret", "nar/../../secret", "/etc/passwd", "", ".", "..", "nar/", "nar//x.nar", "./x.narinfo",
        "x\0.narinfo",
        "nar",
    ])
    func servesNothingFromOutside(_ path: String) async throws {
        try await withCache { cache in
            #expect(text(await cache.get(path)) == "trouble")
            await #expect(throws: SourceTrouble.self) { try await cache.download(path, limit: 100) { _ in } }
        }
    }

    @Test func followsNoLink() async throws {
        let manager = FileManager.default
        try manager.createSymbolicLink(atPath: root + "/l.narinfo", withDestinationPath: folder.file("secret"))
        try manager.createSymbolicLink(atPath: root + "/inside.narinfo", withDestinationPath: root + "/x.narinfo")
        try manager.createSymbolicLink(atPath: root + "/out", withDestinationPath: folder.path)
        try await withCache { cache in
            for path in ["l.narinfo", "inside.narinfo", "out/secret"] {
                #expect(!text(await cache.get(path)).hasPrefix("body"), "\(path)")
                await #expect(throws: SourceTrouble.self) { try await cache.download(path, limit: 100) { _ in } }
            }
        }
    }

    /// Nobody writes to the fifo: opening it would wait for ever.
    @Test(.timeLimit(.minutes(1))) func doesNotWaitForAFifo() async throws {
        #expect(mkfifo(root + "/f.narinfo", 0o600) == 0)
        try await withCache { cache in
            #expect(text(await cache.get("f.narinfo")) == "trouble")
        }
    }

    @Test func refusesAFileThatIsTooLarge() async throws {
        try await withCache(limit: 100) { #expect(text(await $0.get("nar/x.nar")).hasPrefix("body")) }
        try await withCache(limit: 99) { #expect(text(await $0.get("nar/x.nar")) == "too large") }
        try await withCache(limit: 99) { cache in
            let error = await #expect(throws: SourceTrouble.self) {
                try await cache.download("nar/x.nar", limit: 99) { _ in }
            }
            #expect(error?.kind == .tooLarge)
            let count = try await cache.download("nar/x.nar", limit: 100) { _ in }
            #expect(count == 100)
        }
    }

    @Test func saysThatThereIsNoCache() async throws {
        for url in ["file://\(root)/none", "file://\(folder.path)/secret"] {
            try await withCache(url) { cache in
                guard case .trouble(let trouble) = await cache.get("x.narinfo") else {
                    Issue.record("no trouble")
                    return
                }
                // The folder is named once.
                #expect(trouble.message.hasPrefix("\(url)/: "), "\(trouble.message)")
            }
        }
    }

    @Test(arguments: ["file://", "file://relative", "file:///a%20b", "file:///a\nb", "file://host/x"])
    func refusesAnAddress(_ url: String) async {
        let error = await #expect(throws: SourceTrouble.self) { try await withCache(url) { _ in } }
        #expect(error?.kind == .unusable)
    }
}
