import ClaimSources
import Foundation
import Quorum
import TestSupport
import Testing
import TransparencyLog

/// A log's files over HTTP and from a folder.
struct LogTileSourceTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("tile/0/x001/234.p/5", [UInt8](repeating: 1, count: 160))
        try folder.write("tile/entries/000", [0, 1, 7])
        try folder.write("checkpoint", "text")
    }

    private func read<Value: Sendable>(
        _ url: String, _ body: @Sendable (LogTileSource) async throws -> Value
    ) async throws -> Value {
        let resources = HTTPResources()
        let result: Result<Value, any Error>
        do {
            let source = try LogTileSource(url: url, resources: resources)
            result = .success(try await body(source))
            source.shutdown()
        } catch {
            result = .failure(error)
        }
        await resources.shutdown()
        return try result.get()
    }

    private func check(_ source: LogTileSource) async throws {
        #expect(try await source.read(TilePath(parsing: "tile/0/x001/234.p/5"))?.count == 160)
        #expect(try await source.read(TilePath(parsing: "tile/entries/000")) == [0, 1, 7])
        #expect(try await source.read(TilePath(parsing: "tile/entries/001")) == nil)
        #expect(try await source.checkpoint() == Array("text".utf8))
        #expect(try await source.file("references/00") == nil)
    }

    @Test func fromAFolder() async throws {
        try await read("file://" + folder.path) { try await check($0) }
    }

    @Test func overHTTP() async throws {
        let folder = folder
        try await Upstream.serving({ path in
            guard path.hasPrefix("/some/log/"), let bytes = try? folder.read(String(path.dropFirst(10))) else {
                return UpstreamAnswer(404)
            }
            return UpstreamAnswer(body: bytes)
        }) { server in
            try await read(server.address + "some/log") { source in
                #expect(source.address == server.address + "some/log/")
                try await check(source)
            }
        }
    }

    @Test func troubleIsNoAbsence() async throws {
        let path = try TilePath(parsing: "tile/entries/000")
        try await Upstream.serving({ _ in UpstreamAnswer(500) }) { server in
            try await read(server.address) { source in
                await #expect(throws: SourceTrouble.self) { try await source.read(path) }
                await #expect(throws: SourceTrouble.self) { try await source.checkpoint() }
            }
        }
        try await Upstream.serving({ _ in UpstreamAnswer(404) }) { server in
            try await read(server.address) { source in
                let absent = try await source.read(path)
                #expect(absent == nil)
                await #expect(throws: SourceTrouble.self) { try await source.checkpoint() }
            }
        }
    }

    /// A bundle may be larger than anything else that is asked for, and has a bound all the same.
    @Test func largeBundlesAreTaken() async throws {
        let path = try TilePath(parsing: "tile/entries/000")
        let most = EntryBundle.maximumByteCount
        for (size, isTaken) in [(most, true), (most + 1, false)] {
            try await Upstream.serving({ _ in UpstreamAnswer(body: [UInt8](repeating: 0, count: size)) }) { server in
                try await read(server.address) { source in
                    if isTaken {
                        let count = try await source.read(path)?.count
                        #expect(count == size)
                    } else {
                        await #expect(throws: SourceTrouble.self) { try await source.read(path) }
                    }
                }
            }
        }
    }

    @Test func entriesHaveAddresses() throws {
        let key = try #require(KeyIdentity(algorithm: .ed25519, bytes: [UInt8](repeating: 1, count: 32)))
        let reader = LogEntryReader(builders: [], log: key, address: "https://alice.example/log")
        #expect(reader.source(ofEntry: 42) == "https://alice.example/log/proof/42")
        #expect(reader.index(in: "https://alice.example/log/proof/42") == 42)
        for other in [
            "https://alice.example/log/proof/042", "https://alice.example/log/proof/+42",
            "https://alice.example/log/proof/",
            "https://alice.example/log/proof/18446744073709551616", "https://alice.example/other/proof/1", "",
        ] {
            #expect(reader.index(in: other) == nil, "\(other)")
        }
    }
}
