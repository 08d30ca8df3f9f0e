internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// One connection of a `PipelinedClient` with the requests that wait for it, kept open between questions.
final class PipelinedLane: Sendable {
    private let loop: any EventLoop
    /// Touched on `loop` only.
    private let state: NIOLoopBoundBox<PipelinedLaneState>

    init(origin: HTTPOrigin, limits: HTTPLimits, loop: any EventLoop, tls: NIOSSLContext?) {
        self.loop = loop
        state = .makeBoxSendingValue(
            PipelinedLaneState(origin: origin, limits: limits, loop: loop, tls: tls), eventLoop: loop)
    }

    func submit(_ requests: [PipelinedConnection.Request]) {
        loop.execute { self.state.value.enqueue(requests) }
    }

    func shutdown() {
        loop.execute { self.state.value.shutdown() }
    }
}

/// What a lane knows: lives on its event loop.
final class PipelinedLaneState {
    private let origin: HTTPOrigin
    private let limits: HTTPLimits
    private let loop: any EventLoop
    private let tls: NIOSSLContext?
    private var queue: CircularBuffer<PipelinedConnection.Request> = []
    private var connection: PipelinedConnection?
    private var isConnecting = false
    /// Lowered to one for a server that closes the connection after an answer, until the lane has nothing to do.
    private var window: Int
    /// Connections that ended badly since the lane last had nothing to do.
    private var failures = 0
    private var isShutDown = false

    init(origin: HTTPOrigin, limits: HTTPLimits, loop: any EventLoop, tls: NIOSSLContext?) {
        self.origin = origin
        self.limits = limits
        self.loop = loop
        self.tls = tls
        window = max(1, limits.window)
    }

    func enqueue(_ requests: [PipelinedConnection.Request]) {
        queue.append(contentsOf: requests)
        isShutDown ? failAll(stopping) : pump()
    }

    func shutdown() {
        isShutDown = true
        connection?.close(stopping)
        failAll(stopping)
    }

    private var stopping: SourceTrouble { SourceTrouble(.closedEarly, "\(origin): this program is stopping") }

    private func pump() {
        if queue.isEmpty, connection == nil || connection?.outstanding == 0 {
            failures = 0
            window = max(1, limits.window)
        } else if let connection, connection.isOpen {
            // Half a window at a time keeps the writes batched instead of one flush per answer.
            guard !queue.isEmpty, connection.outstanding <= window / 2 else { return }
            let count = min(queue.count, window - connection.outstanding)
            let requests = Array(queue.prefix(count))
            queue.removeFirst(count)
            connection.send(requests)
        } else if connection == nil, !isConnecting, !queue.isEmpty {
            connect()
        }
    }

    private func connect() {
        isConnecting = true
        let handler = PipelinedConnection(
            origin: origin, limits: limits,
            onAnswer: { [weak self] _ in self?.pump() },
            onClose: { [weak self] unanswered, answered, trouble in
                self?.connectionEnded(unanswered: unanswered, answered: answered, trouble: trouble)
            })
        let bound = NIOLoopBound((self, handler), eventLoop: loop)
        let origin = origin
        let tls = tls
        ClientBootstrap(group: loop)
            .connectTimeout(limits.connectTime)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        // An address literal cannot be sent as a server name (RFC 6066, section 3).
                        let isAddress = origin.host.contains(":") || origin.host.allSatisfy { $0.isNumber || $0 == "." }
                        try pipeline.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: isAddress ? nil : origin.host))
                    }
                    try pipeline.addHTTPClientHandlers(
                        position: .last, leftOverBytesStrategy: .dropBytes, enableOutboundHeaderValidation: true)
                    try pipeline.addHandler(bound.value.1)
                }
            }
            .connect(host: origin.host, port: origin.port)
            .hop(to: loop)
            .whenComplete { result in
                let (this, handler) = bound.value
                this.isConnecting = false
                switch result {
                case .success where this.isShutDown:
                    handler.close(this.stopping)
                case .success where handler.isOpen:
                    this.connection = handler
                    this.pump()
                case .success:
                    // It ended before anything could be asked.
                    this.ended(
                        unanswered: [], answered: 0, trouble: SourceTrouble(.closedEarly, "\(this.origin): hung up"))
                case .failure(let error):
                    this.failAll(SourceTrouble(.unreachable, "\(this.origin): \(NetworkWords.of(error))"))
                }
            }
    }

    private func connectionEnded(unanswered: [PipelinedConnection.Request], answered: Int, trouble: SourceTrouble) {
        guard connection != nil else { return }
        connection = nil
        ended(unanswered: unanswered, answered: answered, trouble: trouble)
    }

    private func ended(unanswered: [PipelinedConnection.Request], answered: Int, trouble: SourceTrouble) {
        guard !isShutDown else {
            queue.append(contentsOf: unanswered)
            return failAll(stopping)
        }
        var again = unanswered[...]
        if answered <= 1, !unanswered.isEmpty, trouble.kind == .closedEarly { window = 1 }
        // A server may end a connection between answers whenever it likes, and then the rest is asked again. Without
        // any progress, or for a reason of the answer's own, the request at the head of the line has failed.
        if answered == 0 || trouble.kind != .closedEarly {
            failures += 1
            if let head = again.popFirst() { head.batch.take(.trouble(trouble), at: head.index) }
        }
        for request in again.reversed() { queue.prepend(request) }
        if failures >= limits.failures {
            failAll(trouble)
        } else {
            pump()
        }
    }

    private func failAll(_ trouble: SourceTrouble) {
        let requests = queue
        queue.removeAll()
        failures = 0
        for request in requests { request.batch.take(.trouble(trouble), at: request.index) }
    }
}
