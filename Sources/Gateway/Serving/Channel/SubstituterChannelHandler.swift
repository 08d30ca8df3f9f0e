internal import HTTPTypes
internal import Metrics
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes
internal import NIOHTTPTypesHTTP1
internal import Quorum

/// What a substituter does all day, done on the connection's event loop: decided narinfos and small spooled NARs are
/// answered without waking a task, and larger files are sent by the kernel (sendfile) without being copied.
///
/// Guix asks for up to a thousand narinfos before it reads the first answer. What of them is not decided yet is decided
/// together, and answered here in turn.
///
/// Everything else passes through, one request at a time. Answers leave in the order of their requests: what comes while
/// an earlier request is with the responder, or while narinfos are being decided or a file is being sent, waits here.
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

    /// Narinfos that wait to be decided; when there are so many, nothing further is read.
    private static let mostWaiting = 1024

    private let decider: Decider
    private let spool: NarSpool
    private let fronts: StoreFronts
    private let onTrouble: TroublePolicy
    private let handover: FileHandover
    private let counters: GatewayCounters
    /// Requests passed on whose answers have not ended.
    private var outstanding = 0
    /// The request being read was answered here; its rest is dropped.
    private var isDroppingRequest = false
    private var needsFlush = false
    private var lastPassedOn = NIODeadline.now()
    private var isGone = false

    /// Narinfos asked for here that have not been answered, in their order.
    private var waiting: CircularBuffer<Waiting> = []
    /// How many have left ``waiting`` since the connection began: the first one's number.
    private var answered = 0
    /// Those of them that nobody decides yet.
    private var undecided: [(number: Int, question: Question)] = []
    /// What is asked behind a request that has to be answered first.
    private var foreseen: [Question] = []

    private var date = HTTPDate()

    private var sending: Sending?
    private var inbound: CircularBuffer<NIOAny> = []
    private var wantsRead = false
    private var pendingClose: (CloseMode, EventLoopPromise<Void>?)?

    /// A narinfo asked for, and what was decided about it.
    private struct Waiting {
        let store: CacheKind
        var decision: Decision?
    }

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

    init(
        decider: Decider, spool: NarSpool, fronts: StoreFronts, onTrouble: TroublePolicy, handover: FileHandover,
        counters: GatewayCounters
    ) {
        self.decider = decider
        self.spool = spool
        self.fronts = fronts
        self.onTrouble = onTrouble
        self.handover = handover
        self.counters = counters
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard sending == nil, inbound.isEmpty else { return park(data) }
        pass(data, context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        decideTogether(context)
        flushIfNeeded(context)
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if mayRead { context.read() } else { wantsRead = true }
    }

    private var mayRead: Bool { sending == nil && inbound.isEmpty && waiting.count < Self.mostWaiting }

    private func flushIfNeeded(_ context: ChannelHandlerContext) {
        guard needsFlush else { return }
        needsFlush = false
        context.flush()
    }

    private func pass(_ data: NIOAny, _ context: ChannelHandlerContext) {
        switch unwrapInboundIn(data) {
        case .head(let request):
            guard outstanding == 0 else { return park(data) }
            if answer(request, context) {
                isDroppingRequest = true
                return
            }
            guard waiting.isEmpty else { return park(data) }
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

    /// Keeps a part of a request until what came before is answered. What it will ask is decided meanwhile.
    private func park(_ data: NIOAny) {
        inbound.append(data)
        if case .head(let request) = unwrapInboundIn(data), request.method == .get,
            let (store, hashPart) = narInfo(request)
        {
            foreseen.append(Question(store, hashPart))
        }
    }

    /// The narinfo that a request asks for, if it does.
    private func narInfo(_ request: HTTPRequest) -> (CacheKind, String)? {
        guard let path = request.path, path.hasSuffix(".narinfo") else { return nil }
        let (store, rest) = SubstituterPath.route(path, root: fronts.root)
        return SubstituterPath.hashPart(rest, suffix: ".narinfo").map { (store, $0) }
    }

    /// Answers what is decided and at hand, or has it decided. A client that does not read its answers waits in the
    /// ordinary way.
    private func answer(_ request: HTTPRequest, _ context: ChannelHandlerContext) -> Bool {
        guard request.method == .get, let path = request.path, context.channel.isWritable,
            NIODeadline.now() - lastPassedOn < Self.quietTime, request.headerFields[.connection] == nil
        else { return false }
        if let (store, hashPart) = narInfo(request) {
            let question = Question(store, hashPart)
            let decision = decider.ready(question)
            if let decision, waiting.isEmpty {
                send(decision, of: store, context)
                return true
            }
            if decision == nil { undecided.append((answered + waiting.count, question)) }
            waiting.append(Waiting(store: store, decision: decision))
            return true
        }
        guard waiting.isEmpty, request.headerFields[.range] == nil else { return false }
        let (store, rest) = SubstituterPath.route(path, root: fronts.root)
        guard rest.hasPrefix("nar/"), let nar = smallNar(rest.dropFirst(4), store, context.channel.allocator) else {
            return false
        }
        counters.narsServed.increment()
        counters.narBytes.increment(by: Int64(nar.readableBytes))
        write(fronts[store].narHead, nar, context)
        return true
    }

    /// Has what nobody decides yet decided, all with one inquiry.
    private func decideTogether(_ context: ChannelHandlerContext) {
        if !foreseen.isEmpty {
            decider.begin(foreseen)
            foreseen.removeAll()
        }
        guard !undecided.isEmpty else { return }
        let questions = undecided
        undecided.removeAll()
        decider.begin(questions.map(\.question))
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let loop = context.eventLoop
        Task { [decider] in
            // In their order, in which they have to be answered.
            for (number, question) in questions {
                let decision = await decider.decide(question)
                loop.execute { bound.value.0.decided(number, decision, bound.value.1) }
            }
        }
    }

    private func decided(_ number: Int, _ decision: Decision, _ context: ChannelHandlerContext) {
        guard !isGone, number >= answered, number < answered + waiting.count else { return }
        waiting[waiting.index(waiting.startIndex, offsetBy: number - answered)].decision = decision
        while let first = waiting.first, let decision = first.decision {
            waiting.removeFirst()
            answered += 1
            send(decision, of: first.store, context)
        }
        flushIfNeeded(context)
        if waiting.isEmpty { resume(context) } else { readOn(context) }
    }

    /// Sends what was decided about a narinfo.
    private func send(_ decision: Decision, of store: CacheKind, _ context: ChannelHandlerContext) {
        switch decision.answer {
        case .serve(let served):
            counters.narInfosServed.increment()
            write(fronts[store].narInfoHead, served.narInfo, context)
        case .refuse:
            counters.narInfosRefused.increment()
            write(StoreFront.absenceHead, StoreFront.absence, context)
        case .trouble:
            counters.troubles.increment()
            if onTrouble == .fail {
                write("HTTP/1.1 500 Internal Server Error\r\nContent-Length: ", ByteBuffer(), context)
            } else {
                write(StoreFront.absenceHead, StoreFront.absence, context)
            }
        }
    }

    /// Writes an answer; `head` lacks the length and what follows.
    private func write(_ head: String, _ body: ByteBuffer, _ context: ChannelHandlerContext) {
        guard let encoder = try? context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self) else {
            // Without its encoder the connection is no HTTP any more.
            context.close(promise: nil)
            return
        }
        var answer = context.channel.allocator.buffer(capacity: body.readableBytes + 224)
        answer.writeString(head)
        answer.writeString(String(body.readableBytes))
        answer.writeStaticString("\r\nDate: ")
        answer.writeString(date.now())
        answer.writeStaticString("\r\n\r\n")
        answer.writeImmutableBuffer(body)
        // Ready bytes: they go to the socket past the encoder.
        encoder.write(NIOAny(IOData.byteBuffer(answer)), promise: nil)
        needsFlush = true
    }

    /// A NAR that may be served now and is a small file: larger ones are worth a task, and the kernel's sending.
    private func smallNar(
        _ name: Substring, _ store: CacheKind, _ allocator: ByteBufferAllocator
    ) -> ByteBuffer? {
        guard let name = SubstituterPath.NarName(name),
            case .serve(let served) = decider.ready(Question(store, name.hashPart))?.answer,
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
        case .end:
            outstanding -= 1
            context.write(data, promise: promise)
            if outstanding == 0, !inbound.isEmpty {
                // Not at once: the one who writes has not flushed.
                let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
                context.eventLoop.execute { bound.value.0.resume(bound.value.1) }
            }
            return
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

    /// Goes on with what had to wait.
    private func resume(_ context: ChannelHandlerContext) {
        guard !isGone else { return }
        // What cannot be answered yet is parked again, behind the rest.
        var parked = inbound
        inbound.removeAll()
        while sending == nil, inbound.isEmpty, let next = parked.popFirst() { pass(next, context) }
        inbound.append(contentsOf: parked)
        decideTogether(context)
        flushIfNeeded(context)
        // The responder looks at what it was given when a reading is over.
        context.fireChannelReadComplete()
        guard sending == nil, waiting.isEmpty else { return readOn(context) }
        if let (mode, promise) = pendingClose {
            pendingClose = nil
            context.close(mode: mode, promise: promise)
        } else {
            readOn(context)
        }
    }

    private func readOn(_ context: ChannelHandlerContext) {
        guard wantsRead, mayRead else { return }
        wantsRead = false
        context.read()
    }

    // MARK: Ends

    /// Closing waits for the file or the decisions under way: a graceful stop finishes them.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if sending != nil || !waiting.isEmpty, mode != .input {
            pendingClose = (mode, promise)
        } else {
            context.close(mode: mode, promise: promise)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        let closing = pendingClose
        isGone = true
        waiting.removeAll()
        undecided.removeAll()
        pendingClose = nil
        inbound.removeAll()
        abandonSending(context)
        closing?.1?.succeed()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        isGone = true
        guard let done = takeSending() else { return }
        for (_, promise) in done.behind { promise?.fail(ChannelError.ioOnClosedChannel) }
    }
}
