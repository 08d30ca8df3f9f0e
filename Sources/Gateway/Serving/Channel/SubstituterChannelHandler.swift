internal import HTTPTypes
internal import Metrics
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes
internal import NIOHTTPTypesHTTP1

/// What a substituter does all day, done on the connection's event loop: decided narinfos and small spooled NARs are
/// answered without waking a task, and larger files are sent by the kernel (sendfile) without being copied.
///
/// Everything else passes through. Answers leave in the order of their requests: one is given here only when no earlier
/// request is still with the responder, and while a file is being sent nothing further is read.
final class SubstituterChannelHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// Bytes handed to the kernel at first, and at most: a fast client gets larger pieces, so that it waits less often.
    private static let pieces: ClosedRange<UInt64> = (1 << 20)...(64 << 20)
    /// A piece that is sent within this time is followed by one of twice the size.
    private static let quickTime = TimeAmount.milliseconds(250)
    /// A client that does not take one piece within this time is gone or means harm.
    private static let pieceTime = TimeAmount.seconds(60)
    /// Largest file that is read and sent at once, in bytes: what a client that does not read costs in memory.
    private static let smallFile = 64 << 10
    /// After so long one request goes the ordinary way, so that the server's idle timer sees the connection alive.
    private static let quietTime = TimeAmount.seconds(20)

    private let decider: Decider
    private let spool: NarSpool
    private let handover: FileHandover
    private let counters: GatewayCounters
    /// Requests passed on whose answers have not ended.
    private var outstanding = 0
    /// The request being read was answered here; its rest is dropped.
    private var isDroppingRequest = false
    private var needsFlush = false
    private var lastPassedOn = NIODeadline.uptimeNanoseconds(0)
    private var date = HTTPDate()

    private var sending: Sending?
    private var inbound: CircularBuffer<NIOAny> = []
    private var wantsRead = false
    private var pendingClose: (CloseMode, EventLoopPromise<Void>?)?

    /// A file on its way.
    private struct Sending {
        let file: ServedFile
        let handle: NIOFileHandle
        var position: UInt64
        var piece = SubstituterChannelHandler.pieces.lowerBound
        var pieceBegan = NIODeadline.uptimeNanoseconds(0)
        var timer: Scheduled<Void>?
        /// What the responder wrote behind the file: the end of the answer.
        var behind: [(NIOAny, EventLoopPromise<Void>?)] = []
    }

    init(decider: Decider, spool: NarSpool, handover: FileHandover, counters: GatewayCounters) {
        self.decider = decider
        self.spool = spool
        self.handover = handover
        self.counters = counters
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard sending == nil, inbound.isEmpty else {
            inbound.append(data)
            return
        }
        pass(data, context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if needsFlush {
            needsFlush = false
            context.flush()
        }
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if sending == nil { context.read() } else { wantsRead = true }
    }

    private func pass(_ data: NIOAny, _ context: ChannelHandlerContext) {
        switch unwrapInboundIn(data) {
        case .head(let request):
            if outstanding == 0, answer(request, context) {
                isDroppingRequest = true
                return
            }
            outstanding += 1
            lastPassedOn = .now()
        case .body: if isDroppingRequest { return }
        case .end:
            if isDroppingRequest {
                isDroppingRequest = false
                return
            }
        }
        context.fireChannelRead(data)
    }

    /// Answers what is decided and at hand. A client that does not read its answers waits in the ordinary way.
    private func answer(_ request: HTTPRequest, _ context: ChannelHandlerContext) -> Bool {
        guard request.method == .get, let path = request.path, context.channel.isWritable,
            NIODeadline.now() - lastPassedOn < Self.quietTime, request.headerFields[.connection] == nil,
            let encoder = try? context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
        else { return false }
        let body: ByteBuffer
        let head: StaticString
        if path.utf8.count == 41, path.hasSuffix(".narinfo") {
            guard let served = decider.ready(String(path.dropFirst().prefix(32))) else { return false }
            counters.narInfosServed.increment()
            body = served.narInfo
            head = "HTTP/1.1 200 OK\r\nContent-Type: text/x-nix-narinfo\r\nContent-Length: "
        } else if path.hasPrefix("/nar/"), request.headerFields[.range] == nil {
            guard let nar = smallNar(path.dropFirst(5), context.channel.allocator) else { return false }
            counters.narsServed.increment()
            counters.narBytes.increment(by: Int64(nar.readableBytes))
            body = nar
            head = "HTTP/1.1 200 OK\r\nContent-Type: application/x-nix-nar\r\nAccept-Ranges: bytes\r\nContent-Length: "
        } else {
            return false
        }
        var answer = context.channel.allocator.buffer(capacity: body.readableBytes + 192)
        answer.writeStaticString(head)
        answer.writeString(String(body.readableBytes))
        answer.writeStaticString("\r\nDate: ")
        answer.writeString(date.now())
        answer.writeStaticString("\r\n\r\n")
        answer.writeImmutableBuffer(body)
        // Ready bytes: they go to the socket past the encoder.
        encoder.write(NIOAny(IOData.byteBuffer(answer)), promise: nil)
        needsFlush = true
        return true
    }

    /// A NAR that may be served now and is a small file: larger ones are worth a task, and the kernel's sending.
    private func smallNar(_ name: Substring, _ allocator: ByteBufferAllocator) -> ByteBuffer? {
        guard let name = SubstituterPath.NarName(name), let served = decider.ready(name.hashPart),
            let item = served.item.variant(named: name.fileName)
        else { return nil }
        return spool.contents(of: item, upTo: Self.smallFile, allocator: allocator)
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if sending != nil {
            sending?.behind.append((data, promise))
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var response):
            guard let field = FileHandover.field, let token = response.headerFields[field] else { break }
            response.headerFields[field] = nil
            context.write(wrapOutboundOut(.head(response)), promise: promise)
            if let file = handover.take(token) { send(file, context) }
            return
        case .end: outstanding -= 1
        case .body: break
        }
        context.write(data, promise: promise)
    }

    private func send(_ file: ServedFile, _ context: ChannelHandlerContext) {
        // The handle borrows the descriptor, which belongs to the file.
        let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: file.descriptor)
        sending = Sending(file: file, handle: handle, position: file.range.lowerBound)
        sendPiece(context)
    }

    private func sendPiece(_ context: ChannelHandlerContext) {
        guard var current = sending else { return }
        let now = NIODeadline.now()
        if current.pieceBegan + Self.quickTime > now { current.piece = min(current.piece * 2, Self.pieces.upperBound) }
        current.pieceBegan = now
        let end = min(current.position + current.piece, current.file.range.upperBound)
        guard current.position < end,
            let codec = try? context.pipeline.syncOperations.context(handlerType: HTTP1ToHTTPServerCodec.self)
        else {
            finishSending(context)
            return
        }
        let region = FileRegion(
            fileHandle: current.handle, readerIndex: Int(current.position), endIndex: Int(end))
        current.position = end
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        current.timer?.cancel()
        current.timer = context.eventLoop.scheduleTask(in: Self.pieceTime) { bound.value.1.close(promise: nil) }
        sending = current
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { result in
            let (this, context) = bound.value
            switch result {
            case .success: this.sendPiece(context)
            case .failure:
                // A file that ends early or a connection that broke: the announced length cannot be kept any more.
                this.abandonSending(context)
            }
        }
        codec.writeAndFlush(NIOAny(HTTPServerResponsePart.body(.fileRegion(region))), promise: promise)
    }

    private func finishSending(_ context: ChannelHandlerContext) {
        guard let done = takeSending() else { return }
        for (data, promise) in done.behind { write(context: context, data: data, promise: promise) }
        context.flush()
        resume(context)
    }

    private func abandonSending(_ context: ChannelHandlerContext) {
        guard let done = takeSending() else { return }
        for (_, promise) in done.behind { promise?.fail(ChannelError.ioOnClosedChannel) }
        inbound.removeAll()
        pendingClose = nil
        context.close(promise: nil)
    }

    private func takeSending() -> Sending? {
        guard let done = sending else { return nil }
        sending = nil
        done.timer?.cancel()
        // The handle gives the descriptor back unclosed.
        _ = try? done.handle.takeDescriptorOwnership()
        return done
    }

    /// Goes on with what waited for the file.
    private func resume(_ context: ChannelHandlerContext) {
        while sending == nil, let next = inbound.popFirst() { pass(next, context) }
        if needsFlush {
            needsFlush = false
            context.flush()
        }
        guard sending == nil else { return }
        if let (mode, promise) = pendingClose {
            pendingClose = nil
            context.close(mode: mode, promise: promise)
        } else if wantsRead {
            wantsRead = false
            context.read()
        }
    }

    // MARK: Ends

    /// Closing waits for the file under way: a graceful stop finishes it.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if sending != nil, mode != .input {
            pendingClose = (mode, promise)
        } else {
            context.close(mode: mode, promise: promise)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        let closing = pendingClose
        abandonSending(context)
        closing?.1?.succeed()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        guard let done = takeSending() else { return }
        for (_, promise) in done.behind { promise?.fail(ChannelError.ioOnClosedChannel) }
    }
}
