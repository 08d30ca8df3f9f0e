internal import Glibc
internal import HTTPTypes
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import Observability
internal import TransparencyLog

/// Finds who answers a request, and counts.
struct LogResponder: Sendable {
    private let parts: LogServer.Parts
    private let limits: LogServerLimits
    private let limiter: AddressLimiter
    private let metrics: PrometheusRegistry
    private let logger: Logger
    private let log: LogRoutes?
    private let witness: WitnessRoutes?
    private let mirror: MirrorRoutes?

    /// How long a client that was refused within its body may go on sending, so that it reads the answer.
    private static let lingering = TimeAmount.seconds(5)

    init(
        parts: LogServer.Parts, limits: LogServerLimits, limiter: AddressLimiter, metrics: PrometheusRegistry,
        logger: Logger
    ) {
        self.parts = parts
        self.limits = limits
        self.limiter = limiter
        self.metrics = metrics
        self.logger = logger
        log = parts.log.map { LogRoutes(part: $0, limits: limits) }
        witness = parts.witness.map { WitnessRoutes(witness: $0, limits: limits) }
        mirror = parts.mirror.map { MirrorRoutes(mirror: $0, limits: limits) }
    }

    func respond(to request: Request, on channel: any Channel) async -> Response {
        let path = LogPath(request.uri.path)
        let body = BodyReader(request, on: channel, limits: limits)
        var response: Response
        do {
            // Before anything of it is read.
            response =
                mayAsk(request, path, on: channel)
                ? try await answer(to: request, path, body) ?? LogAnswers.notHere : LogAnswers.tooMany
        } catch BodyReader.Refusal.tooLong {
            response = LogAnswers.words(.contentTooLarge, "more bytes than are taken here")
        } catch BodyReader.Refusal.cut {
            response = LogAnswers.words(.requestTimeout, "the body ended early")
        } catch let error as TransparencyLogError {
            logger.error("\(error)")
            response = LogAnswers.words(.internalServerError, "trouble here")
        } catch {
            logger.error("\(error)")
            response = LogAnswers.words(.internalServerError, "trouble here")
        }
        metrics.counter(
            "quorate_log_requests_total", help: "Requests to log, witness and mirror.",
            labels: ["route": path.label, "status": String(response.status.code)]
        ).increment()
        // What is left of a body would be read to its end, however long it is.
        if !body.isRead {
            response.headers[.connection] = "close"
            channel.eventLoop.scheduleTask(in: Self.lingering) { channel.close(promise: nil) }
        }
        return request.method == .head ? response.createHeadResponse() : response
    }

    /// Whether the client has not sent too many things that somebody has to look at.
    private func mayAsk(_ request: Request, _ path: LogPath, on channel: any Channel) -> Bool {
        guard request.method == .post, path.isSubmission,
            let client = ClientAddress(request.headers, from: channel.remoteAddress)
        else { return true }
        return limiter.take(client, now: unixTime())
    }

    private func answer(to request: Request, _ path: LogPath, _ body: BodyReader) async throws -> Response? {
        let isPost = request.method == .post
        guard isPost || request.method == .get || request.method == .head else {
            return LogAnswers.words(.methodNotAllowed, "GET, HEAD or POST")
        }
        switch path.first {
        case "log":
            guard let log else { return nil }
            return try await isPost
                ? log.post(path.rest, query: request.uri.query, body) : log.get(path.rest)
        case "witness":
            guard let witness else { return nil }
            return try await isPost ? witness.post(path.rest, body) : witness.get(path.rest)
        case "mirror":
            guard let mirror else { return nil }
            return try await isPost
                ? mirror.post(path.rest, coding: request.headers[.contentEncoding], body) : mirror.get(path.rest)
        case "builder" where path.rest.isEmpty && !isPost:
            return await parts.card?().map { LogAnswers.fresh($0) }
        case "healthz" where path.rest.isEmpty && !isPost:
            return LogAnswers.words(.ok, log?.part.sequencer.status.trouble.map { "degraded: \($0)" } ?? "ok")
        case "metrics" where path.rest.isEmpty && !isPost:
            log?.measure(metrics)
            return LogAnswers.fresh(Array(metrics.text().utf8), type: PrometheusRegistry.contentType)
        case "" where path.rest.isEmpty && !isPost: return LogAnswers.words(.ok, frontPage)
        default: return nil
        }
    }

    private var frontPage: String {
        var lines = ["Quorate"]
        if log != nil { lines.append("/log/checkpoint  /log/tile/  a tiled transparency log, c2sp.org/tlog-tiles") }
        if witness != nil { lines.append("/witness          c2sp.org/tlog-witness") }
        if mirror != nil { lines.append("/mirror           c2sp.org/tlog-mirror") }
        if parts.card != nil { lines.append("/builder          who this is, for `quorate builder join`") }
        return lines.joined(separator: "\n")
    }
}

/// A request's path in parts. Only the exact spelling leads anywhere: nothing is decoded and no slash is forgiven.
struct LogPath: Sendable {
    let first: Substring
    let rest: [Substring]

    init(_ path: String) {
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        first = parts.first ?? ""
        rest = Array(parts.dropFirst())
    }

    /// Whether it takes entries or checkpoints. Lists and uploads are named by those.
    var isSubmission: Bool { rest == ["add"] || rest == ["add-checkpoint"] }

    /// What the metrics call it: one of a fixed number of names.
    var label: String {
        let known: Set<Substring> = [
            "add", "add-checkpoint", "add-entries", "checkpoint", "tile", "proof", "by-subject", "by-key",
            "references", "inputs",
        ]
        switch first {
        case "log", "witness":
            return rest.first.map { known.contains($0) ? "\(first)/\($0)" : "\(first)" } ?? "\(first)"
        case "mirror":
            guard let second = rest.first else { return "mirror" }
            if known.contains(second) { return "mirror/\(second)" }
            return rest.count > 1 && known.contains(rest[1]) ? "mirror/\(rest[1])" : "mirror"
        case "builder", "healthz", "metrics": return String(first)
        default: return "other"
        }
    }
}

/// Seconds since 1970.
func unixTime() -> UInt64 { UInt64(max(0, time(nil))) }
