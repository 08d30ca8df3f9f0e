internal import NIOCore
internal import NIOHTTP1

/// One connection on which several requests are under way at a time, answered in order (RFC 9112, section 9.3.2).
///
/// Everything here happens on the channel's event loop; no field is touched from elsewhere. The requests and their
/// answers go through a `PipelinedBatch`, which belongs to whoever asked.
final class PipelinedConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    /// One request: which batch it belongs to, and its place there.
    struct Request {
        let batch: PipelinedBatch
        let index: Int
    }

    private let origin: HTTPOrigin
    private let limits: HTTPLimits
    private var waiting: CircularBuffer<Request> = []
    private var context: ChannelHandlerContext?
    private var status: HTTPResponseStatus = .ok
    private var location: String?
    private var refusal: SourceTrouble?
    private var body: ByteBuffer?
    private var bodyBytes = 0
    private var closesAfterAnswer = false
    private var stallTimer: Scheduled<Void>?
    /// When the server was last seen to get on.
    private var lastProgress = NIODeadline.now()
    private let requestHeaders: HTTPHeaders
    private var answered = 0
    /// Told once when the connection has ended, with the requests that got no answer and why.
    private let onClose: (_ unanswered: [Request], _ answered: Int, _ trouble: SourceTrouble) -> Void
    /// Told after each answer, so that the owner can send more.
    private let onAnswer: (PipelinedConnection) -> Void
    private var trouble: SourceTrouble?

    init(
        origin: HTTPOrigin, limits: HTTPLimits, onAnswer: @escaping (PipelinedConnection) -> Void,
        onClose: @escaping (_ unanswered: [Request], _ answered: Int, _ trouble: SourceTrouble) -> Void
    ) {
        self.origin = origin
        self.limits = limits
        requestHeaders = origin.requestHeaders
        self.onAnswer = onAnswer
        self.onClose = onClose
    }

    /// How many requests wait for their answer.
    var outstanding: Int { waiting.count }

    /// False once no further request may be sent here.
    var isOpen: Bool { context != nil && !closesAfterAnswer && trouble == nil }

    func send(_ requests: some Collection<Request>) {
        guard let context else { return }
        for request in requests {
            var head = HTTPRequestHead(
                version: .http1_1, method: request.batch.method,
                uri: origin.basePath + request.batch.paths[request.index])
            head.headers = requestHeaders
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.end(nil)), promise: nil)
            waiting.append(request)
        }
        context.flush()
        if stallTimer == nil {
            lastProgress = .now()
            armStallTimer(context, at: lastProgress + limits.answerTime)
        }
    }

    /// Ends the connection at once, whatever the other side does; what has no answer yet is given back with `trouble`.
    func close(_ trouble: SourceTrouble) {
        guard let context else { return }
        if self.trouble == nil { self.trouble = trouble }
        ended()
        context.close(promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // What was decoded together with the reason for ending is nobody's answer.
        guard self.context != nil else { return }
        switch unwrapInboundIn(data) {
        case .head(let head): start(head)
        case .body(let part): take(part)
        case .end: finish()
        }
    }

    func channelInactive(context: ChannelHandlerContext) { ended() }

    func handlerRemoved(context: ChannelHandlerContext) { ended() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // An end within an answer is an end like any other: the question is asked again.
        let isCut = (error as? HTTPParserError) == .invalidEOFState
        let isMalformed = !isCut && (error is HTTPParserError || error is NIOHTTPDecoderError)
        close(SourceTrouble(isMalformed ? .malformed : .closedEarly, "\(origin): \(NetworkWords.of(error))"))
    }

    private func start(_ head: HTTPResponseHead) {
        status = head.status
        location = head.headers.first(name: "location")
        refusal = nil
        body = nil
        bodyBytes = 0
        if !head.isKeepAlive { closesAfterAnswer = true }
        if let coding = head.headers.first(name: "content-encoding"), coding != "identity" {
            refusal = SourceTrouble(
                .malformed, "\(origin): sent Content-Encoding '\(coding.prefix(40))' without being asked to")
        }
    }

    private func take(_ part: ByteBuffer) {
        bodyBytes += part.readableBytes
        guard bodyBytes <= limits.bodyBytes else {
            // The rest is not read: a server that sends more than a narinfo can be would fill the memory otherwise.
            answer(.trouble(SourceTrouble(.tooLarge, "\(origin): an answer over \(limits.bodyBytes) bytes")))
            // That question has its answer; those behind it are asked again.
            close(SourceTrouble(.closedEarly, "\(origin): closed after an answer over \(limits.bodyBytes) bytes"))
            return
        }
        if body == nil {
            body = part
        } else {
            var copy = part
            body?.writeBuffer(&copy)
        }
    }

    private func finish() {
        answer(currentAnswer)
        if closesAfterAnswer {
            close(SourceTrouble(.closedEarly, "\(origin): closed the connection"))
            return
        }
        if waiting.isEmpty {
            stallTimer?.cancel()
            stallTimer = nil
        } else {
            lastProgress = .now()
        }
        onAnswer(self)
    }

    private var currentAnswer: HTTPAnswer {
        if let refusal { return .trouble(refusal) }
        switch status.code {
        case 200: return .body(body ?? ByteBuffer())
        // 202: a Guix server that has begun to make it.
        case 202, 403, 404, 410: return .absent
        case 300..<400:
            return .trouble(
                SourceTrouble(
                    .redirect, "\(origin): redirects to '\(location?.prefix(200) ?? "")'; name the final address"))
        default: return .trouble(SourceTrouble(.status, "\(origin): HTTP status \(status.code)"))
        }
    }

    private func answer(_ answer: HTTPAnswer) {
        guard let request = waiting.popFirst() else { return }
        answered += 1
        request.batch.take(answer, at: request.index)
    }

    /// A server may take `answerTime` for each answer, counted from the one before: dripping bytes gains nothing.
    ///
    /// The timer is left alone while answers come, and set again for the rest of the time when it finds that some did.
    private func armStallTimer(_ context: ChannelHandlerContext, at deadline: NIODeadline) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        stallTimer = context.eventLoop.scheduleTask(deadline: deadline) {
            let (this, context) = bound.value
            let due = this.lastProgress + this.limits.answerTime
            guard due <= .now() else { return this.armStallTimer(context, at: due) }
            let milliseconds = this.limits.answerTime.nanoseconds / 1_000_000
            this.close(SourceTrouble(.timeout, "\(this.origin): no answer within \(milliseconds) ms"))
        }
    }

    private func ended() {
        guard context != nil else { return }
        context = nil
        stallTimer?.cancel()
        let unanswered = Array(waiting)
        waiting.removeAll()
        onClose(
            unanswered, answered, trouble ?? SourceTrouble(.closedEarly, "\(origin): closed the connection early"))
    }
}

extension HTTPOrigin {
    /// The same for every request; no Accept-Encoding, since the bytes are to come as they are stored.
    fileprivate var requestHeaders: HTTPHeaders {
        ["host": authority, "user-agent": "quorate", "accept": "*/*"]
    }
}
