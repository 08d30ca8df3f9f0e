internal import Glibc
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import Metrics
internal import NIOCore
internal import Quorum

/// Answers what package managers ask: `nix-cache-info`, narinfos, NARs, logs and listings, for Guix its key and sources
/// too. Everything else goes on to the routes for people and monitors.
///
/// Whatever goes wrong, a narinfo that cannot be served is "not here", so that the client builds from source.
struct SubstituterResponder<Next: HTTPResponder>: HTTPResponder where Next.Context == BasicRequestContext {
    let decider: Decider
    let spool: NarSpool
    let passThrough: PassThrough
    let fronts: StoreFronts
    let files: SourceFiles
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
        let (store, rest) = SubstituterPath.route(request.uri.path, root: fronts.root)
        let front = fronts[store]
        let isHead = request.method == .head
        if rest.hasSuffix(".narinfo") { return await narInfo(rest, front, isHead: isHead) }
        if rest.hasPrefix("nar/") { return await nar(rest.dropFirst(4), front, request, isHead: isHead) }
        if rest == "nix-cache-info" { return Self.small(front.cacheInfo, type: front.cacheInfoType, isHead: isHead) }
        if rest.hasPrefix("log/") {
            guard let log = await passThrough.log(String(rest.dropFirst(4)), of: store) else { return Self.notHere() }
            var response = Self.small(log.body, type: "text/plain; charset=utf-8", isHead: isHead)
            response.headers[.contentEncoding] = log.encoding
            return response
        }
        if store == .guix {
            if rest == "signing-key.pub", let key = fronts.guixKey {
                return Self.small(key, type: "text/plain;charset=UTF-8", isHead: isHead)
            }
            if rest.hasPrefix("file/") { return await source(rest.dropFirst(5), isHead: isHead) }
        }
        if rest.hasSuffix(".ls") {
            guard let hashPart = SubstituterPath.hashPart(rest, suffix: ".ls"),
                case .serve = await decider.decide(Question(store, hashPart)).answer
            else { return Self.notHere() }
            return await passThrough.listing(hashPart, of: store).map {
                Self.small($0, type: "application/json", isHead: isHead)
            } ?? Self.notHere()
        }
        return try await next.respond(to: request, context: context)
    }

    private func narInfo(_ name: Substring, _ front: StoreFront, isHead: Bool) async -> Response {
        guard let hashPart = SubstituterPath.hashPart(name, suffix: ".narinfo") else { return Self.notHere() }
        switch await decider.decide(Question(front.store, hashPart)).answer {
        case .serve(let served):
            counters.narInfosServed.increment()
            var response = Self.small(served.narInfo, type: front.narInfoType, isHead: isHead)
            response.headers[.cacheControl] = front.caching
            return response
        case .refuse:
            counters.narInfosRefused.increment()
            return Self.notHere()
        case .trouble:
            counters.troubles.increment()
            return onTrouble == .fail ? Response(status: .internalServerError) : Self.notHere()
        }
    }

    private func nar(_ name: Substring, _ front: StoreFront, _ request: Request, isHead: Bool) async -> Response {
        // Whether it may be served is decided for each request.
        guard let name = SubstituterPath.NarName(name),
            case .serve(let served) = await decider.decide(Question(front.store, name.hashPart)).answer,
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
            // What was promised cannot be kept, so it is promised no longer.
            if front.store.wantsBytesFirst { decider.invalidate([Question(front.store, name.hashPart)]) }
            return Self.notHere()
        }
        guard
            let (response, length) = sending(
                file, type: front.narType, range: request.headers[.range], isHead: isHead)
        else { return Self.notHere() }
        counters.narsServed.increment()
        counters.narBytes.increment(by: Int64(length))
        return response
    }

    /// A file that a path of Guix's store has by its hash alone: `NAME/sha256/HASH`.
    private func source(_ name: Substring, isHead: Bool) async -> Response {
        guard let name = SourceFiles.Name(name), let file = await files.file(name) else { return Self.notHere() }
        // An open file needs no name.
        defer { unlink(file.path) }
        return sending(file, type: "application/octet-stream", range: nil, isHead: isHead)?.0 ?? Self.notHere()
    }

    /// An answer whose body the kernel sends, and the bytes of it; nil when the file is not there any more.
    private func sending(
        _ file: SpooledFile, type: String, range wanted: String?, isHead: Bool
    ) -> (Response, length: Int)? {
        var headers: HTTPFields = [.contentType: type, .acceptRanges: "bytes"]
        let range: Range<UInt64>
        var status = HTTPResponse.Status.ok
        switch ByteRange(wanted, size: file.size) {
        case .whole: range = 0..<file.size
        case .part(let part):
            range = part
            status = .partialContent
            headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(file.size)"
        case .unsatisfiable:
            headers[.contentRange] = "bytes */\(file.size)"
            headers[.contentLength] = "0"
            return (Response(status: .rangeNotSatisfiable, headers: headers), 0)
        }
        headers[.contentLength] = String(range.count)
        if isHead { return (Response(status: status, headers: headers), 0) }
        guard let field = FileHandover.field, let (file, token) = handover.open(path: file.path, range: range) else {
            return nil
        }
        headers[field] = token
        // The bytes go past this body, which only keeps the file until they are sent.
        let body = ResponseBody(contentLength: range.count) { writer in
            try await writer.finish(nil)
            extendLifetime(file)
        }
        return (Response(status: status, headers: headers, body: body), range.count)
    }

    private static func small(_ body: ByteBuffer, type: String, isHead: Bool) -> Response {
        let headers: HTTPFields = [.contentType: type, .contentLength: String(body.readableBytes)]
        return Response(status: .ok, headers: headers, body: isHead ? .init() : .init(byteBuffer: body))
    }

    /// Not here, and ask again soon.
    private static func notHere() -> Response {
        Response(
            status: .notFound,
            headers: [
                .contentType: "text/plain", .cacheControl: "max-age=\(StoreFront.absenceAge)",
                .contentLength: String(StoreFront.absence.readableBytes),
            ],
            body: .init(byteBuffer: StoreFront.absence))
    }
}
