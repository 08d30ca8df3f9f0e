internal import ClaimSources
internal import Gateway
internal import Glibc
internal import GuixFormats
internal import Logging
internal import Metrics
internal import Observability
internal import Quorum
internal import ServiceLifecycle
internal import StoreFormats
internal import UnixSignals
internal import Verification

/// A gateway put together from this machine's state: for `serve` and `try`.
struct GatewayRun {
    private let group: ServiceGroup
    private let listening: ListeningSignal
    private let configuration: GatewayConfiguration
    private let resources: HTTPResources
    private let logger: Logger
    private let lock: InstanceLock

    /// Open files that the ledger, the spool, the caches and the log take, with room to spare.
    private static let filesBesideConnections = 384
    /// How long transfers under way may take after a graceful stop was asked for: below systemd's 90 seconds.
    private static let longestStop = Duration.seconds(75)

    var publicKey: String { configuration.key.publicKey.description }

    /// The key that signs for Guix, where one does.
    var guixKey: String? { configuration.signingGuixKey?.publicKey.hexadecimal }

    /// - Parameters:
    ///   - isService: Whether a hang-up tells what has changed, as it does to services; else it ends the program.
    ///   - guixKeyFile: A key that signs for Guix in the place of this installation's own.
    ///   - adjust: Changes the configuration that follows from the state.
    init(
        workplace: Workplace, policyFile: String?, guixKeyFile: String? = nil, terminal: Terminal,
        logging: LoggingSetup, isService: Bool = false,
        adjust: (inout GatewayConfiguration) -> Void
    ) throws {
        let policyMarks = PolicyWatch.Marks(workplace, file: policyFile)
        let policy = try workplace.policy(policyFile)
        let policyWatch = PolicyWatch(workplace: workplace, file: policyFile, policy: policy, marks: policyMarks)
        let watched = ["revocations", "conflicts"].map { "\(workplace.places.state)/\($0)" }
        let marks = StateWatcher.marks(watched)
        let state = try workplace.openState(allowsForgetting: true)
        try Files.makeDirectory(workplace.places.cache)
        lock = try InstanceLock(path: workplace.places.cache + "/gateway.lock")
        logging.bootstrap { terminal.errors.raw($0) }
        var logger = Logger(label: "gateway")
        logger.logLevel = logging.level
        self.logger = logger
        if let warning = state.warning { logger.warning("\(warning)") }
        var configuration = GatewayConfiguration(
            key: try workplace.gatewayKey(), spoolDirectory: workplace.places.spool)
        configuration.maximumConnections = OpenFiles.raiseLimit() - Self.filesBesideConnections
        let isForGuix = policy.quorums[.guix] != nil || policy.caches.contains { $0.kind == .guix }
        if let guixKeyFile {
            configuration.guixKey = try KeyFiles.guixSecretKey(in: guixKeyFile)
        } else if isForGuix {
            configuration.guixKey = try workplace.guixGatewayKey()
        }
        adjust(&configuration)
        try Self.refuseBuilders(in: policy, configuration)
        let metrics = PrometheusRegistry()
        MetricsSystem.bootstrap(metrics.metricsFactory)
        resources = HTTPResources(bodyConnectionsPerHost: 2 * configuration.concurrentDownloads)
        let limits = HTTPLimits(deadline: configuration.deadline)
        let caches = CacheSet(policy: policy, limits: limits, pausesAfterTrouble: true, resources: resources)
        let logs = state.logs(of: policy, limits: limits, resources: resources)
        for note in caches.notes + logs.notes { logger.warning("\(note)") }
        let inquirer = state.inquirer(policy: policy, caches: caches, logs: logs)
        let listening = ListeningSignal()
        self.listening = listening
        let gateway: Gateway
        do {
            gateway = try Gateway(
                inquirer: inquirer, ledger: state.ledger, state: state.local, configuration: configuration,
                metrics: metrics, logger: logger, onListening: { await listening.fire($0) })
        } catch {
            throw CommandError(.cannotWrite, "\(error)")
        }
        self.configuration = configuration
        let watcher = StateWatcher(paths: watched, before: marks, logger: logger) { [logger] in
            let known = state.local.notes
            try state.local.reload()
            for note in state.local.notes where !known.contains(note) { logger.warning("\(note)") }
            gateway.invalidate()
            logger.notice("revocations and conflicts were read again")
        }
        var parts: [any Service] = [
            gateway, watcher, policyWatch.service(logger),
            LogWatch(logs: logs, gateway: gateway, figures: LogFigures(metrics: metrics), logger: logger),
        ]
        if isService {
            parts.append(
                HangUpListener { [logger] in
                    logger.notice("revocations and conflicts are watched and need no signal")
                    policyWatch.tell(logger)
                })
        }
        var services = ServiceGroupConfiguration(
            services: parts,
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        services.maximumGracefulShutdownDuration = Self.longestStop
        group = ServiceGroup(configuration: services)
    }

    /// What a gateway signs is what others agreed on: under a builder's key it would count as that builder's own word.
    private static func refuseBuilders(in policy: Policy, _ configuration: GatewayConfiguration) throws(CommandError) {
        let own = configuration.signingGuixKey?.publicKey
        let builder = policy.caches.first { cache in
            switch cache.kind {
            case .nix: cache.key.identity.bytes == configuration.key.publicKey.bytes
            case .guix: own != nil && GuixPublicKey(cache.key.identity) == own
            }
        }
        guard let builder, configuration.signing == .reSign else { return }
        throw CommandError(
            .badPolicy,
            "the gateway's key is that of '\(builder.name)' in the policy, as whose word everything served would count; "
                + "give it a key of its own")
    }

    /// Asks for a graceful stop.
    func stop() async { await group.triggerGracefulShutdown() }

    /// Runs until a signal asks for a graceful stop, or the task is cancelled.
    func run(onListening: @escaping @Sendable (Int) async -> Void) async throws {
        await listening.set(onListening)
        do {
            try await group.run()
        } catch {
            await resources.shutdown()
            throw CommandError(serving: error, on: "\(configuration.host):\(configuration.port)")
        }
        await resources.shutdown()
    }
}

/// Carries the port from the server to whoever waits for it.
actor ListeningSignal {
    private var action: (@Sendable (Int) async -> Void)?

    func set(_ action: @escaping @Sendable (Int) async -> Void) { self.action = action }

    func fire(_ port: Int) async { await action?(port) }
}
