internal import Hummingbird
internal import HummingbirdCore
package import Logging
internal import NIOCore
package import Observability
internal import ServiceLifecycle
package import TransparencyLog

/// The HTTP server of a party: its log, its witness, its mirror and its card, any of them, at one address.
///
/// `/log` is a tiled log (c2sp.org/tlog-tiles) with `add`, `/witness` and `/mirror` are the submission and the
/// monitoring prefix of c2sp.org/tlog-witness and c2sp.org/tlog-mirror, `/builder` is the card; `/healthz` and
/// `/metrics` are for those who run it. TLS, if wanted, ends at a proxy in front.
package struct LogServer: Service {
    /// What is served.
    package struct Parts: Sendable {
        /// The party's own log.
        package var log: LogPart?
        /// Cosigns others' logs.
        package var witness: Witness?
        /// Keeps copies of others' logs.
        package var mirror: LogMirror?
        /// The bytes of the party's card, asked for each time; nil when there is none now.
        package var card: (@Sendable () async -> [UInt8]?)?

        package init() {}
    }

    private let host: String
    private let port: Int
    private let limits: LogServerLimits
    private let limiter: AddressLimiter
    private let responder: LogResponder
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// - Parameters:
    ///   - port: 0 lets the system choose.
    ///   - metrics: What `/metrics` prints; this server's own figures are added to it.
    ///   - onListening: Told the port once connections are taken.
    package init(
        host: String, port: Int, parts: Parts, limits: LogServerLimits = LogServerLimits(),
        metrics: PrometheusRegistry, logger: Logger, onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.host = host
        self.port = port
        self.limits = limits
        self.logger = logger
        self.onListening = onListening
        limiter = AddressLimiter(limits)
        responder = LogResponder(parts: parts, limits: limits, limiter: limiter, metrics: metrics, logger: logger)
    }

    /// Serves until a graceful stop: then what is under way is finished and nothing new is taken.
    package func run() async throws {
        let (responder, limiter, onListening) = (responder, limiter, onListening)
        let application = Application(
            responder: CallbackResponder { (request: Request, context: LogRequestContext) in
                await responder.respond(to: request, on: context.channel)
            },
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [AddressGate(limiter)], idleTimeout: .seconds(60),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 8 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))),
            configuration: .init(
                address: .hostname(host, port: port), serverName: nil, backlog: 4096,
                availableConnectionsDelegate: MaximumAvailableConnections(limits.connections)),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) }, logger: logger)
        try await application.run()
    }
}

/// What a request brings with it: here, the connection, which is closed on those who send too much or too slowly.
struct LogRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}

extension LogServer: CustomStringConvertible {
    /// What logs call it, which would otherwise spell out all that it holds.
    package var description: String { "log server" }
}
