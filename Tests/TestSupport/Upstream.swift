internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// A server on 127.0.0.1 that does whatever a script tells it, well-behaved or not: the faults of other people's
/// servers, at the level of bytes.
package final class Upstream: Sendable {
    /// What to do with one connection. When it returns the connection is closed.
    package typealias Script = @Sendable (UpstreamConnection) async throws -> Void

    package let port: Int
    private let opened = Mutex(0)

    /// Servers have threads of their own: tests that keep the others busy do not make them late.
    private static let loops = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    private static let executor = LoopExecutor(loop: loops.next())

    private init(port: Int) { self.port = port }

    /// With a slash at the end, as claims name it.
    package var address: String { "http://127.0.0.1:\(port)/" }

    /// How many connections have come.
    package var connections: Int { opened.withLock { $0 } }

    /// Serves while `body` runs.
    package static func run<Value: Sendable>(
        _ script: @escaping Script, while body: @Sendable (Upstream) async throws -> Value
    ) async throws -> Value {
        let server = try await ServerBootstrap(group: loops)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.autoRead, value: false)
            .bind(host: "127.0.0.1", port: 0) { channel in channel.eventLoop.makeSucceededFuture(channel) }
        guard let port = server.channel.localAddress?.port else { throw NoPort() }
        let upstream = Upstream(port: port)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: executor) {
                try await upstream.serve(server, script)
            }
            defer { group.cancelAll() }
            return try await body(upstream)
        }
    }

    private struct NoPort: Error {}

    private func serve(
        _ server: NIOAsyncChannel<any Channel, Never>, _ script: @escaping Script
    ) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            try await server.executeThenClose { clients in
                for try await client in clients {
                    let number = opened.withLock { count in
                        defer { count += 1 }
                        return count
                    }
                    group.addTask {
                        // Wrapped only now: one that is never served must not be made, and nothing is read before.
                        let wrapped = try await client.eventLoop.submit {
                            try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                                wrappingChannelSynchronously: client,
                                configuration: .init(isOutboundHalfClosureEnabled: true))
                        }.get()
                        // What a script throws ends its connection and nothing else.
                        try? await wrapped.executeThenClose { inbound, outbound in
                            try await client.setOption(.autoRead, value: true).get()
                            try await script(
                                UpstreamConnection(number: number, inbound: inbound, outbound: outbound))
                        }
                    }
                }
            }
        }
    }
}

/// Runs tasks on an event loop's thread.
private final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        loop.execute { job.runSynchronously(on: executor) }
    }
}

/// One connection of an `Upstream`, for the use of its script alone.
package final class UpstreamConnection {
    /// 0 for the first connection that the upstream got.
    package let number: Int
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var received = ByteBuffer()
    /// Whether the last request asked for no body.
    package private(set) var isHead = false

    init(
        number: Int, inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.number = number
        self.inbound = inbound.makeAsyncIterator()
        self.outbound = outbound
    }

    /// The path of the next request; nil when the client has closed.
    package func nextRequest() async throws -> String? { try await nextRequestWithBody()?.path }

    /// The path of the next request, and its body if its length is told; nil when the client has closed.
    package func nextRequestWithBody() async throws -> (path: String, body: [UInt8])? {
        var head: String?
        while head == nil {
            head = takeHead()
            guard head == nil else { break }
            guard var part = try await inbound.next() else { return nil }
            received.writeBuffer(&part)
        }
        let lines = (head ?? "").split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        isHead = words.first == "HEAD"
        let length = lines.first { $0.lowercased().hasPrefix("content-length:") }?.split(separator: " ").last
        let count = length.flatMap { Int($0) } ?? 0
        while received.readableBytes < count {
            guard var part = try await inbound.next() else { return nil }
            received.writeBuffer(&part)
        }
        return (words.count == 3 ? String(words[1]) : "", received.readBytes(length: count) ?? [])
    }

    private func takeHead() -> String? {
        let view = received.readableBytesView
        var index = view.startIndex
        while let end = view[index...].firstIndex(of: 10) {
            if end >= view.startIndex + 3, view[end - 1] == 13, view[end - 2] == 10, view[end - 3] == 13 {
                return received.readString(length: end + 1 - view.startIndex)
            }
            index = end + 1
        }
        return nil
    }

    /// Sends bytes as they are.
    package func send(_ bytes: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: bytes)) }

    package func send(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }

    /// Sends a well-formed answer: to HEAD without its body.
    package func answer(_ answer: UpstreamAnswer) async throws {
        try await send(isHead ? Array(answer.bytes.dropLast(answer.body.count)) : answer.bytes)
    }

    /// Says nothing more and keeps the connection until the test is over.
    package func hang() async throws { try await Task.sleep(for: .seconds(600)) }
}

/// An HTTP answer in the making.
package struct UpstreamAnswer: Sendable {
    package var status: Int
    package var headers: [String]
    package var body: [UInt8]
    /// Whether the body's length is announced.
    package var hasLength = true

    package init(_ status: Int = 200, headers: [String] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package init(_ status: Int = 200, headers: [String] = [], body: String) {
        self.init(status, headers: headers, body: Array(body.utf8))
    }

    /// As it goes over the wire.
    package var bytes: [UInt8] {
        let lines = ["HTTP/1.1 \(status) Words"] + headers + (hasLength ? ["Content-Length: \(body.count)"] : [])
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
    }
}

extension Upstream {
    /// Answers every request with what `answer` gives for its path, like a good server.
    package static func serving<Value: Sendable>(
        _ answer: @escaping @Sendable (_ path: String) -> UpstreamAnswer,
        while body: @Sendable (Upstream) async throws -> Value
    ) async throws -> Value {
        try await run(
            { connection in
                while let path = try await connection.nextRequest() { try await connection.answer(answer(path)) }
            }, while: body)
    }

    /// The files of one of the three fixture caches.
    package static func file(_ cache: String, _ path: String) -> UpstreamAnswer {
        guard let bytes = CacheFixture.bytes(cache + path) else { return UpstreamAnswer(404) }
        return UpstreamAnswer(body: bytes)
    }
}
