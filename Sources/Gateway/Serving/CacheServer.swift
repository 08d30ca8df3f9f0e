internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
package import Logging
internal import NIOCore
internal import ServiceLifecycle

/// What a binary cache has under its paths.
package protocol CacheContents: Sendable {
    /// What is under a path such as `/nix-cache-info`; nil when there is nothing. Paths come as clients send them.
    func answer(to path: String) async throws -> CacheAnswer?

    /// How long a client may remember that something is not here, in seconds; nil to say nothing.
    var absenceAge: Int? { get }
}

extension CacheContents {
    /// Nothing is said.
    package var absenceAge: Int? { nil }
}

/// One answer of a binary cache.
package struct CacheAnswer: Sendable {
    /// Takes the pieces of a body; throws when the client has gone.
    package typealias Sink = (UnsafeRawBufferPointer) throws -> Void

    enum Body: Sendable {
        case whole([UInt8])
        /// Writes the body on a thread of its own, which it may block.
        case pieces(@Sendable (Sink) throws -> Void)
    }

    let type: String
    let length: UInt64?
    let body: Body
    /// How long a client may remember it, in seconds; nil to say nothing.
    package var maximumAge: Int?

    package init(type: String, bytes: [UInt8]) {
        self.type = type
        length = UInt64(bytes.count)
        body = .whole(bytes)
    }

    /// - Parameters:
    ///   - length: Bytes of the body, nil where they are not known beforehand.
    ///   - write: Writes the body; called on a thread that it may block, and not at all for a HEAD.
    package init(type: String, length: UInt64? = nil, write: @escaping @Sendable (Sink) throws -> Void) {
        self.type = type
        self.length = length
        body = .pieces(write)
    }
}

/// Serves a binary cache over HTTP. Trouble of its own is "not here": a client then asks elsewhere or builds.
package struct CacheServer: Service {
    /// Each may have a thread that writes for it.
    private static let maximumConnections = 512

    private let host: String
    private let port: Int
    private let contents: any CacheContents
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// - Parameter onListening: Told the port, which the system chooses when 0 was asked for.
    package init(
        host: String, port: Int, contents: any CacheContents, logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void
    ) {
        self.host = host
        self.port = port
        self.contents = contents
        self.logger = logger
        self.onListening = onListening
    }

    package func run() async throws {
        let onListening = onListening
        let application = Application(
            responder: CallbackResponder { (request: Request, _: BasicRequestContext) in
                let response = await self.respond(to: request)
                // On a connection that is kept, a body would be read as the next answer (RFC 9110, section 9.3.2).
                return request.method == .head ? response.createHeadResponse() : response
            },
            server: .http1(
                configuration: .init(
                    idleTimeout: .seconds(60),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 8 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))),
            configuration: .init(
                address: .hostname(host, port: port), serverName: nil,
                availableConnectionsDelegate: MaximumAvailableConnections(Self.maximumConnections)),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) }, logger: logger)
        try await application.run()
    }

    private func respond(to request: Request) async -> Response {
        guard [.get, .head].contains(request.method) else { return Self.text(.methodNotAllowed, "GET or HEAD") }
        let answer: CacheAnswer?
        do {
            answer = try await contents.answer(to: request.uri.path)
        } catch {
            logger.error("\(error)")
            answer = nil
        }
        guard let answer else { return Self.text(.notFound, "not here", maximumAge: contents.absenceAge) }
        var headers: HTTPFields = [.contentType: answer.type]
        if let age = answer.maximumAge { headers[.cacheControl] = "max-age=\(age)" }
        if let length = answer.length { headers[.contentLength] = String(length) }
        switch answer.body {
        case .whole(let bytes):
            return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
        case .pieces(let write):
            let length = answer.length.map { Int($0) }
            return Response(
                status: .ok, headers: headers,
                body: ResponseBody(contentLength: length) { writer in
                    let pipe = BodyPipe(writing: write)
                    defer { pipe.abandon() }
                    while let piece = try await pipe.next() { try await writer.write(piece) }
                    try await writer.finish(nil)
                })
        }
    }

    private static func text(_ status: HTTPResponse.Status, _ words: String, maximumAge: Int? = nil) -> Response {
        var headers: HTTPFields = [.contentType: "text/plain"]
        if let maximumAge { headers[.cacheControl] = "max-age=\(maximumAge)" }
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: words + "\n")))
    }
}

extension CacheServer: CustomStringConvertible {
    /// What logs call it, which would otherwise spell out all that it holds.
    package var description: String { "cache server" }
}
