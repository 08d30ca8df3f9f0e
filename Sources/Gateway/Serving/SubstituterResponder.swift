internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import Metrics
internal import NIOCore
internal import StoreFormats

/// Answers what package managers ask: `nix-cache-info`, narinfos, NARs, logs and listings. Everything else goes on to
/// the routes for people and monitors.
///
/// Whatever goes wrong, a narinfo that cannot be served is "not here", so that the client builds from source.
struct SubstituterResponder<Next: HTTPResponder>: HTTPResponder where Next.Context == BasicRequestContext {
    let decider: Decider
    let spool: NarSpool
    let passThrough: PassThrough
    let cacheInfo: ByteBuffer
    let onTrouble: TroublePolicy
    let counters: GatewayCounters
    let handover: FileHandover
    let next: Next

    func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        let response = try await answer(to: request, context: context)
        // An answer to HEAD has no body, whatever its status (RFC 9110, section 9.3.2): on a connection that is kept it
        // would be read as the next answer.
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func answer(to request: Request, context: BasicRequestContext) async throws -> Response {
        guard request.method == .get || request.method == .head else {
            return try await next.respond(to: request, context: context)
        }
        let path = request.uri.path
        let isHead = request.method == .head
        if path.hasSuffix(".narinfo") { return await narInfo(path, isHead: isHead) }
        if path.hasPrefix("/nar/") { return await nar(path.dropFirst(5), request, isHead: isHead) }
        if path == "/nix-cache-info" {
            return Self.small(cacheInfo, type: "text/x-nix-cache-info", isHead: isHead)
        }
        if path.hasPrefix("/log/") {
            return await passThrough.log(String(path.dropFirst(5))).map {
                Self.small($0, type: "text/plain; charset=utf-8", isHead: isHead)
            } ?? Self.notHere()
        }
        if path.hasSuffix(".ls") {
            guard let hashPart = SubstituterPath.hashPart(path, suffix: ".ls"),
                case .serve = await decider.decide(hashPart).answer
            else { return Self.notHere() }
            return await passThrough.listing(hashPart).map {
                Self.small($0, type: "application/json", isHead: isHead)
            } ?? Self.notHere()
        }
        return try await next.respond(to: request, context: context)
    }

    private func narInfo(_ path: String, isHead: Bool) async -> Response {
        guard let hashPart = SubstituterPath.hashPart(path, suffix: ".narinfo") else { return Self.notHere() }
        if let ready = decider.ready(hashPart) {
            counters.narInfosServed.increment()
            return Self.small(ready.narInfo, type: "text/x-nix-narinfo", isHead: isHead)
        }
        switch await decider.decide(hashPart).answer {
        case .serve(let served):
            counters.narInfosServed.increment()
            return Self.small(served.narInfo, type: "text/x-nix-narinfo", isHead: isHead)
        case .refuse:
            counters.narInfosRefused.increment()
            return Self.notHere()
        case .trouble:
            counters.troubles.increment()
            return onTrouble == .fail ? Response(status: .internalServerError) : Self.notHere()
        }
    }

    private func nar(_ name: Substring, _ request: Request, isHead: Bool) async -> Response {
        // Whether it may be served is decided for each request.
        guard let name = SubstituterPath.NarName(name),
            case .serve(let served) = await decider.decide(name.hashPart).answer,
            let item = served.item.variant(named: name.fileName)
        else {
            counters.narsRefused.increment()
            return Self.notHere()
        }
        let file: SpooledFile
        do {
            file = try await spool.file(for: item)
        } catch {
            counters.narsRefused.increment()
            return Self.notHere()
        }
        var headers: HTTPFields = [.contentType: "application/x-nix-nar", .acceptRanges: "bytes"]
        let range: Range<UInt64>
        var status = HTTPResponse.Status.ok
        switch ByteRange(request.headers[.range], size: file.size) {
        case .whole: range = 0..<file.size
        case .part(let part):
            range = part
            status = .partialContent
            headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(file.size)"
        case .unsatisfiable:
            headers[.contentRange] = "bytes */\(file.size)"
            headers[.contentLength] = "0"
            return Response(status: .rangeNotSatisfiable, headers: headers)
        }
        headers[.contentLength] = String(range.count)
        counters.narsServed.increment()
        if isHead { return Response(status: status, headers: headers) }
        guard let field = FileHandover.field, let (file, token) = handover.open(path: file.path, range: range) else {
            return Self.notHere()
        }
        headers[field] = token
        counters.narBytes.increment(by: Int64(range.count))
        // The bytes go past this body, which only keeps the file until they are sent.
        let body = ResponseBody(contentLength: range.count) { writer in
            try await writer.finish(nil)
            extendLifetime(file)
        }
        return Response(status: status, headers: headers, body: body)
    }

    private static func small(_ body: ByteBuffer, type: String, isHead: Bool) -> Response {
        let headers: HTTPFields = [.contentType: type, .contentLength: String(body.readableBytes)]
        return Response(status: .ok, headers: headers, body: isHead ? .init() : .init(byteBuffer: body))
    }

    /// Not here, and ask again soon.
    private static func notHere() -> Response {
        Response(
            status: .notFound,
            headers: [.contentType: "text/plain", .cacheControl: "max-age=30", .contentLength: "10"],
            body: .init(byteBuffer: ByteBuffer(string: "not found\n")))
    }
}
