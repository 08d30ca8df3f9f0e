import ClaimSources
import NIOCore
import StoreFormats
import Synchronization

/// A gateway that has decided and spooled all paths, and the very same files in a folder for nginx.
struct ServedPaths {
    static let folder = "served"

    /// Asks the gateway for everything, and keeps what it answers.
    static func collect(from gateway: ServerProcess, _ bench: Bench) async throws {
        let work = bench.work
        _ = try work.empty(folder)
        try work.make("\(folder)/nar")
        let resources = HTTPResources()
        var limits = HTTPLimits()
        limits.answerTime = .seconds(30)
        let source = try BinaryCache(url: gateway.address, limits: limits, resources: resources)
        let names = bench.caches.paths.map { $0.hashPart + ".narinfo" } + ["nix-cache-info"]
        let narInfos = try await get(names, from: source)
        var urls: [String] = []
        for (name, bytes) in narInfos {
            try work.write(bytes, to: "\(folder)/\(name)")
            guard name.hasSuffix(".narinfo") else { continue }
            let served = try NarInfo(parsing: bytes, accepting: .seenInCaches)
            let published = try NarInfo(
                parsing: work.read("caches/\(GeneratedCaches.names[0])/\(name)"), accepting: .seenInCaches)
            try demand(served.fingerprint == published.fingerprint, "the gateway's \(name) says something else")
            urls.append(served.url)
        }
        for (name, bytes) in try await get(urls, from: source) { try work.write(bytes, to: "\(folder)/\(name)") }
        source.shutdown()
        await resources.shutdown()
    }

    private static func get(_ names: [String], from source: BinaryCache) async throws -> [String: [UInt8]] {
        let files = Mutex<[String: [UInt8]]>([:])
        await source.get(names) { index, answer in
            guard case .body(let body) = answer else { return }
            files.withLock { $0[names[index]] = Array(body.readableBytesView) }
        }
        let all = files.withLock { $0 }
        try demand(all.count == Set(names).count, "the gateway serves \(all.count) of \(names.count) files")
        return all
    }
}
