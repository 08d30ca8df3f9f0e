import StoreFormats
import Synchronization
import TestSupport

/// A binary cache whose answers a test sets one by one, good or bad, and which counts its questions.
final class FakeCache: Sendable {
    /// How one request is answered.
    enum Reply: Sendable {
        case answer(UpstreamAnswer)
        /// These bytes as they are, then the connection is closed.
        case raw([UInt8])
        /// These bytes, then nothing more.
        case hang([UInt8])
        /// These bytes, one by one with a pause between.
        case drip([UInt8])
        /// These bytes after a while.
        case late(Duration, UpstreamAnswer)

        static let nothing = Reply.hang([])
        static let dropped = Reply.raw([])
    }

    private struct State {
        var replies: [String: Reply] = [:]
        var counts: [String: Int] = [:]
        /// For every path, before anything else.
        var everything: Reply?
        /// For HEAD, whatever the path.
        var heads: Reply?
    }
    private let state = Mutex(State())

    func set(_ path: String, _ reply: Reply) { state.withLock { $0.replies[path] = reply } }

    func set(_ path: String, _ body: [UInt8]) { set(path, .answer(UpstreamAnswer(body: body))) }

    func setEverything(_ reply: Reply?) { state.withLock { $0.everything = reply } }

    /// Answers HEAD with this: Guix's own server says 404.
    func setHeads(_ reply: Reply?) { state.withLock { $0.heads = reply } }

    /// How often a path was asked for, with GET; "HEAD " and a path counts those questions.
    func count(_ path: String) -> Int { state.withLock { $0.counts[path] ?? 0 } }

    /// Offers a product: its narinfo, signed, and its NAR.
    func publish(_ product: Product, by builders: Builder...) throws {
        try publish(product, narInfo: product.narInfo(builders))
    }

    func publish(_ product: Product, narInfo: NarInfo, file: [UInt8]? = nil) throws {
        set("/\(product.hashPart).narinfo", narInfo.serialized)
        set("/\(narInfo.url)", file ?? product.nar)
    }

    /// Serves one connection.
    func serve(_ connection: UpstreamConnection) async throws {
        while let path = try await connection.nextRequest() {
            let isHead = connection.isHead
            let reply = state.withLock { state -> Reply in
                state.counts[(isHead ? "HEAD " : "") + path, default: 0] += 1
                if isHead, let reply = state.heads { return reply }
                let reply = state.everything ?? state.replies[path] ?? .answer(UpstreamAnswer(404))
                // It is slow when it has to send something.
                switch reply {
                case .hang where isHead, .drip where isHead: return .answer(UpstreamAnswer())
                default: return reply
                }
            }
            switch reply {
            case .answer(let answer): try await connection.answer(answer)
            case .raw(let bytes):
                try await connection.send(bytes)
                return
            case .hang(let bytes):
                try await connection.send(bytes)
                try await connection.hang()
            case .drip(let bytes):
                for byte in bytes {
                    try await connection.send([byte])
                    try await Task.sleep(for: .milliseconds(50))
                }
                return
            case .late(let time, let answer):
                try await Task.sleep(for: time)
                try await connection.answer(answer)
            }
        }
    }
}

/// Serves the caches while `body` runs; it gets their addresses.
func serving<Value: Sendable>(
    _ caches: [FakeCache], _ addresses: [String] = [], while body: @Sendable ([String]) async throws -> Value
) async throws -> Value {
    guard let cache = caches.first else { return try await body(addresses) }
    return try await Upstream.run({ try await cache.serve($0) }) { upstream in
        try await serving(Array(caches.dropFirst()), addresses + [upstream.address], while: body)
    }
}
