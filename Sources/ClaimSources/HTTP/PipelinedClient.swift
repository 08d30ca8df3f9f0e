package import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// Asks one origin many small questions with few connections and pipelined requests.
///
/// A closure of some thousand paths is some thousand GETs of 500 bytes, so what counts is the work for each: with a
/// window of requests under way per connection it is one encode, one decode and no task switch. Large bodies do not
/// come this way; `BodyDownload` streams those.
package final class PipelinedClient: Sendable {
    package let origin: HTTPOrigin
    /// One lane per connection; each lives on its own event loop and keeps its connection for the next question.
    private let lanes: [PipelinedLane]
    /// For HEAD: a server that answers it with a body spoils no connection on which something is to be read.
    private let heads: PipelinedLane
    private let next = Atomic<Int>(0)

    package init(origin: HTTPOrigin, limits: HTTPLimits, group: any EventLoopGroup) throws(SourceTrouble) {
        self.origin = origin
        let tls: NIOSSLContext?
        do {
            tls = origin.usesTLS ? try NIOSSLContext(configuration: .makeClientConfiguration()) : nil
        } catch {
            throw SourceTrouble(.unusable, "\(origin): TLS set-up: \(error)")
        }
        lanes = (0..<max(1, limits.connections)).map { _ in
            PipelinedLane(origin: origin, limits: limits, loop: group.next(), tls: tls)
        }
        heads = PipelinedLane(origin: origin, limits: limits, loop: group.next(), tls: tls)
    }

    /// Gets every path, calling `onAnswer` once for each as it comes, in any order, on an event loop.
    package func get(_ paths: [String], onAnswer: @escaping @Sendable (Int, HTTPAnswer) -> Void) async {
        guard !paths.isEmpty else { return }
        let batch = PipelinedBatch(paths: paths, method: .GET, onAnswer: onAnswer)
        // A few questions go to one lane, so that one connection is opened; many are dealt out evenly, also because a
        // server may be slow with each.
        let used = min(lanes.count, max(1, paths.count / 8))
        let first = next.wrappingAdd(1, ordering: .relaxed).oldValue & 0xFFFF
        for lane in 0..<used {
            let indices = Array(stride(from: lane, to: paths.count, by: used))
            lanes[(first + lane) % lanes.count].submit(indices.map { .init(batch: batch, index: $0) })
        }
        await batch.finished()
    }

    /// Gets one path.
    package func get(_ path: String) async -> HTTPAnswer {
        let box = Mutex<HTTPAnswer>(.trouble(SourceTrouble(.closedEarly, "\(origin): no answer")))
        await get([path]) { _, answer in box.withLock { $0 = answer } }
        return box.withLock { $0 }
    }

    /// Whether the server answers HEAD for a path with 200. Many that have the file do not (Guix's own among them).
    func hasHead(_ path: String) async -> Bool {
        let box = Mutex(false)
        let batch = PipelinedBatch(paths: [path], method: .HEAD) { _, answer in
            if case .body = answer { box.withLock { $0 = true } }
        }
        heads.submit([.init(batch: batch, index: 0)])
        await batch.finished()
        return box.withLock { $0 }
    }

    /// Closes idle connections. Questions under way get a trouble.
    package func shutdown() {
        for lane in lanes + [heads] { lane.shutdown() }
    }
}
