internal import HTTPTypes
internal import HummingbirdCore
internal import NIOCore
internal import Synchronization

/// Reads a request's body within bounds of size and time. Used by the one task that answers the request.
final class BodyReader: Sendable {
    /// Why a body was not read to its end.
    enum Refusal: Error {
        /// More than the limit.
        case tooLong
        /// The client sent too slowly, or has gone.
        case cut
    }

    private let request: Request
    private let channel: any Channel
    private let limits: LogServerLimits
    private let hasEnded: Atomic<Bool>

    /// Bytes that are handed on together, so that small packets do not cost a change of threads each.
    private static let pieceBytes = 128 << 10

    init(_ request: Request, on channel: any Channel, limits: LogServerLimits) {
        self.request = request
        self.channel = channel
        self.limits = limits
        let length = request.headers[.contentLength]
        hasEnded = Atomic(request.headers[.transferEncoding] == nil && (length == nil || length == "0"))
    }

    /// Whether nothing of the body is left in the connection.
    var isRead: Bool { hasEnded.load(ordering: .relaxed) }

    /// The whole body.
    func whole(limit: Int) async throws -> [UInt8] {
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw Refusal.tooLong }
        var bytes: [UInt8] = []
        try await pieces { piece in
            guard bytes.count + piece.count <= limit else { throw Refusal.tooLong }
            bytes += piece
            return true
        }
        return bytes
    }

    /// The body in pieces, until it ends or `take` wants no more.
    ///
    /// - Throws: ``Refusal/cut``, and what `take` throws.
    func pieces(_ take: ([UInt8]) async throws -> Bool) async throws {
        let deadline = BodyDeadline(channel, limits: limits)
        defer { deadline.cancel() }
        var gathered: [UInt8] = []
        var count = 0
        var parts = request.body.makeAsyncIterator()
        while true {
            let part: ByteBuffer?
            do { part = try await parts.next() } catch { throw Refusal.cut }
            guard let part else {
                hasEnded.store(true, ordering: .relaxed)
                break
            }
            count += part.readableBytes
            deadline.note(count)
            gathered += part.readableBytesView
            guard gathered.count >= Self.pieceBytes else { continue }
            guard try await take(gathered) else { return }
            gathered.removeAll(keepingCapacity: true)
        }
        // A connection that ends within a body ends the body like any other, if its length was not told.
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), count < length { throw Refusal.cut }
        if !gathered.isEmpty { _ = try await take(gathered) }
    }
}

/// Closes a connection whose body comes too slowly.
private final class BodyDeadline: Sendable {
    private let channel: any Channel
    private let start = NIODeadline.now()
    private let limits: LogServerLimits
    private let count = Atomic<Int>(0)
    private let timer = Mutex<Scheduled<Void>?>(nil)

    init(_ channel: any Channel, limits: LogServerLimits) {
        self.channel = channel
        self.limits = limits
        arm()
    }

    func note(_ bytes: Int) { count.store(bytes, ordering: .relaxed) }

    func cancel() { timer.withLock { $0?.cancel() } }

    private var end: NIODeadline {
        let seconds = count.load(ordering: .relaxed) / max(1, limits.leastBytesPerSecond)
        return start + TimeAmount(limits.bodyGrace) + .seconds(Int64(seconds))
    }

    private func arm() {
        let scheduled = channel.eventLoop.scheduleTask(deadline: end) { [self] in
            if end <= .now() { channel.close(promise: nil) } else { arm() }
        }
        timer.withLock { $0 = scheduled }
    }
}
