package import NIOCore
internal import NIOPosix
internal import Synchronization

/// One address at which a binary cache is found: over HTTP, or a directory (`file:///…`) in the same layout.
package final class BinaryCache: Sendable {
    /// The address as claims name it, with a slash at the end.
    package let address: String

    private enum Transport: Sendable {
        case http(PipelinedClient, bodies: BodyDownload, probes: BodyDownload)
        case directory(DirectoryCache)
    }
    private let transport: Transport
    private let backoff: Mutex<CacheBackoff>?

    /// - Parameters:
    ///   - url: `http://`, `https://` or `file:///`.
    ///   - pausesAfterTrouble: Whether a cache that failed is left alone for a while: for long-running programs.
    package init(
        url: String, limits: HTTPLimits = HTTPLimits(), pausesAfterTrouble: Bool = false,
        resources: HTTPResources
    ) throws(SourceTrouble) {
        if url.hasPrefix("file://") {
            let directory = try DirectoryCache(url: url, limit: limits.bodyBytes)
            address = directory.address
            transport = .directory(directory)
        } else {
            guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
                throw SourceTrouble(.unusable, "address '\(url)': expected http://, https:// or file:///")
            }
            let origin = try HTTPOrigin(url)
            address = origin.description
            transport = .http(
                try PipelinedClient(origin: origin, limits: limits, group: resources.group),
                bodies: BodyDownload(client: resources.client), probes: BodyDownload(client: resources.probes))
        }
        backoff = pausesAfterTrouble ? Mutex(CacheBackoff()) : nil
    }

    /// Gets small files (narinfos, cache info, listings), calling `onAnswer` once for each, in any order.
    package func get(_ paths: [String], onAnswer: @escaping @Sendable (Int, HTTPAnswer) -> Void) async {
        if let pause = backoff?.withLock({ $0.pause(at: .now()) }) {
            for index in paths.indices { onAnswer(index, .trouble(pause)) }
            return
        }
        switch transport {
        case .http(let client, _, _):
            await client.get(paths) { index, answer in
                self.note(answer)
                onAnswer(index, answer)
            }
        case .directory(let directory): await directory.get(paths, onAnswer: onAnswer)
        }
    }

    /// Gets one small file.
    package func get(_ path: String) async -> HTTPAnswer {
        let box = Mutex<HTTPAnswer>(.trouble(SourceTrouble(.closedEarly, "\(address): no answer")))
        await get([path]) { _, answer in box.withLock { $0 = answer } }
        return box.withLock { $0 }
    }

    /// Streams a large file that a narinfo of this cache names.
    /// - Parameters:
    ///   - reference: The narinfo's `URL`, relative to the cache or absolute.
    ///   - limit: Most bytes that are taken.
    ///   - end: How many bytes there are, where that is known: no more is waited for.
    /// - Throws: ``SourceTrouble``, or what `sink` throws.
    package func download(
        _ reference: String, limit: UInt64, endingAt end: UInt64? = nil, sink: (ByteBuffer) async throws -> Void
    ) async throws -> UInt64 {
        switch transport {
        case .http(let client, let bodies, _):
            return try await bodies.get(client.origin.resolve(reference), limit: limit, endingAt: end, sink: sink)
        case .directory(let directory):
            return try await directory.download(reference, limit: limit, sink: sink)
        }
    }

    /// Whether this cache says now that it has a large file that one of its narinfos names. It may still be another one,
    /// or break off.
    /// - Parameter reference: The narinfo's `URL`, relative to the cache or absolute.
    package func offers(_ reference: String) async -> Bool {
        guard backoff?.withLock({ $0.pause(at: .now()) }) == nil else { return false }
        switch transport {
        case .http(let client, _, let probes):
            guard let url = try? client.origin.resolve(reference) else { return false }
            // HEAD costs the server nothing and goes with others over one connection. An absolute address may be another
            // server's.
            if url != reference, await client.hasHead(reference) { return true }
            return await probes.begins(url)
        case .directory(let directory): return await directory.has(reference)
        }
    }

    /// Closes idle connections.
    package func shutdown() {
        if case .http(let client, _, _) = transport { client.shutdown() }
    }

    private func note(_ answer: HTTPAnswer) {
        backoff?.withLock { backoff in
            switch answer {
            case .body, .absent: backoff.answered()
            case .trouble(let trouble): backoff.failed(trouble, at: .now())
            }
        }
    }
}
