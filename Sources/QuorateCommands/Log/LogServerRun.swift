internal import Attestations
internal import ClaimSources
internal import DurableFiles
internal import Gateway
internal import Glibc
internal import Logging
internal import Metrics
internal import Observability
internal import Quorum
internal import ServiceLifecycle
internal import Synchronization
internal import TransparencyLog
internal import UnixSignals

/// A server of a log, a witness, a mirror put together: the sequencer, what it asks, what else is served with it.
struct LogServerRun {
    private var parts = LogServer.Parts()
    private var services: [any Service] = []
    /// Nil where only others' logs are watched.
    private let sequencer: Sequencer?
    private let resources: HTTPResources
    private let limits: LogServerLimits
    private let logger: Logger
    private let uploads = Uploads()
    /// Where the address is kept for other programs of this machine, while the server runs.
    private var serving: String?

    /// How often the folder of peers is looked at.
    private static let peersPause = Duration.seconds(2)

    private init(sequencer: Sequencer?, resources: HTTPResources, limits: LogServerLimits, logger: Logger) {
        self.sequencer = sequencer
        self.resources = resources
        self.limits = limits
        self.logger = logger
    }

    /// What the person who runs it chose.
    struct Options {
        var limits = LogServerLimits()
        var settings = SequencerSettings()
    }

    // MARK: - Kinds

    /// This machine's builder: its log, its witness and mirror for the logs of its peers, its card, its queue.
    static func ofBuilder(
        _ workplace: Workplace, store: String, policyFile: String?, patterns: [String], options: Options,
        logger: Logger
    ) async throws -> LogServerRun {
        let site = try BuilderSite.open(workplace)
        return try await withResources { resources in
            try await ofBuilder(
                site, workplace, store: store, policyFile: policyFile, patterns: patterns, options, resources, logger)
        }
    }

    /// Ends the network's resources when what stands on them cannot be made.
    private static func withResources(
        _ body: (HTTPResources) async throws -> LogServerRun
    ) async throws -> LogServerRun {
        let resources = HTTPResources()
        do {
            return try await body(resources)
        } catch {
            await resources.shutdown()
            throw error
        }
    }

    private static func ofBuilder(
        _ site: BuilderSite, _ workplace: Workplace, store: String, policyFile: String?, patterns: [String],
        _ options: Options, _ resources: HTTPResources, _ logger: Logger
    ) async throws -> LogServerRun {
        let places = workplace.places
        let directory = LogDirectory(places.log)
        let (peers, notes) = site.book.read()
        for note in notes { logger.warning("\(note)") }
        let asked = try PeerCosigners(peers, mirroring: directory, resources: resources)
        let keys = try LeafKeys(builders: site.acceptedBuilders)
        let sequencer = try await site.openLog(places.log, asking: asked, keys, settings: options.settings) {
            Self.tell($0, logger)
        }
        let (witness, mirror) = try await watchers(
            places, keys: (site.keys.witness, site.keys.mirror), of: KnownLogs(BuilderSite.witnessedLogs(peers)))
        var run = LogServerRun(sequencer: sequencer, resources: resources, limits: options.limits, logger: logger)
        let uploads = run.uploads
        uploads.replace(with: asked.mirrors)
        run.parts.log = logPart(directory, sequencer, builders: site.acceptedBuilders, keys)
        run.parts.witness = witness
        run.parts.mirror = mirror
        run.parts.card = { try? WholeFile.read(places.card, limit: BuilderCard.maximumByteCount) }
        run.serving = places.serving
        run.services.append(
            BackgroundService {
                var stamp = site.book.stamp()
                while !Task.isCancelled {
                    try? await Task.sleep(for: peersPause)
                    let now = site.book.stamp()
                    guard now != stamp else { continue }
                    stamp = now
                    let (peers, notes) = site.book.read()
                    for note in notes { logger.warning("\(note)") }
                    let known = KnownLogs(BuilderSite.witnessedLogs(peers))
                    witness.setLogs(known)
                    mirror.setLogs(known)
                    do {
                        let asked = try PeerCosigners(peers, mirroring: directory, resources: resources)
                        await sequencer.setCosigners(asked.cosigners, believes: asked.believes)
                        uploads.replace(with: asked.mirrors)
                        logger.notice("peers changed", metadata: ["peers": "\(peers.count)"])
                    } catch {
                        logger.error("peers: \(error)")
                    }
                }
            })
        let queue = AttestService(
            workplace: workplace, site: site, store: store, policyFile: policyFile, patterns: patterns
        ) { logger.notice("\($0)") }
        run.services.append(
            BackgroundService { await queue.run(into: SequencerSink(sequencer, directory: directory)) })
        return run
    }

    /// A log that several builders share: those of the policy, cosigned as the policy wants checkpoints cosigned.
    static func shared(
        _ directory: LogDirectory, signer: NoteSigner, policy: Policy, options: Options, logger: Logger
    ) async throws -> LogServerRun {
        let builders = policy.builders.map(\.key.identity)
        guard !builders.isEmpty else {
            throw CommandError(.badPolicy, "the policy has no builder line: nobody could add anything to this log")
        }
        return try await withResources { resources in
            var cosigners: [any CheckpointCosigner] = []
            for witness in policy.witnesses {
                guard let url = witness.url else { continue }
                cosigners.append(
                    try WitnessClient(key: try NoteKey(witness.verifierKey), submission: url, resources: resources))
            }
            let keys = try LeafKeys(builders: builders)
            let sequencer = try await Sequencer.open(
                directory, signer: signer, cosigners: cosigners,
                believes: { cosigned in
                    policy.believesCheckpoint(
                        cosignedBy: Set(
                            cosigned.compactMap { KeyIdentity(algorithm: .ed25519, bytes: $0.publicKey) }))
                }, keysOf: { keys.keys(of: $0) }, settings: options.settings, events: { Self.tell($0, logger) })
            var run = LogServerRun(sequencer: sequencer, resources: resources, limits: options.limits, logger: logger)
            run.parts.log = logPart(directory, sequencer, builders: builders, keys)
            return run
        }
    }

    /// A witness and a mirror of the logs that a policy names, with no log of its own.
    static func witness(
        _ workplace: Workplace, policy: Policy, options: Options, logger: Logger
    ) async throws -> LogServerRun {
        let known = KnownLogs(try policy.logs.map { try NoteKey($0.verifierKey) })
        guard !known.origins.isEmpty else {
            throw CommandError(.badPolicy, "the policy has no log line: there is nothing to witness")
        }
        let places = workplace.places
        let keys = try (
            LogKeyFile.read(BuilderKeys.file(of: .witness, places), kind: .cosignature),
            LogKeyFile.read(BuilderKeys.file(of: .mirror, places), kind: .cosignature)
        )
        return try await withResources { resources in
            var run = LogServerRun(sequencer: nil, resources: resources, limits: options.limits, logger: logger)
            (run.parts.witness, run.parts.mirror) = try await watchers(places, keys: keys, of: known)
            return run
        }
    }

    /// Those who watch other logs, with what they remember of them.
    private static func watchers(
        _ places: Places, keys: (witness: NoteSigner, mirror: NoteSigner), of known: KnownLogs
    ) async throws -> (Witness, LogMirror) {
        try await LogThread.run {
            (
                try Witness(directory: places.witness, signer: keys.witness, logs: known),
                try LogMirror(directory: places.mirror, signer: keys.mirror, logs: known)
            )
        }
    }

    /// What a log takes: attestations of its builders, and nothing else.
    private static func logPart(
        _ directory: LogDirectory, _ sequencer: Sequencer, builders: [KeyIdentity], _ keys: LeafKeys
    ) -> LogPart {
        let reader = AttestationReader(keys: builders)
        return LogPart(directory: directory, sequencer: sequencer, keysOf: { keys.keys(of: $0) }) { leaf in
            do throws(AttestationError) {
                guard try reader.read(leaf) != nil else {
                    return .forbidden("signed by a builder whose attestations this log does not take")
                }
                return .admitted
            } catch {
                return error.code == .signature ? .forbidden(error.message) : .malformed(error.message)
            }
        }
    }

    private static func tell(_ event: SequencerEvent, _ logger: Logger) {
        switch event {
        case .published: logger.debug("\(event)")
        case .recovered, .recoveredJournal: logger.notice("\(event)")
        case .cosigner: logger.info("\(event)")
        case .trouble: logger.error("\(event)")
        }
    }

    // MARK: - Running

    /// Serves until a signal asks for a graceful stop.
    func run(at address: ListenAddress, onListening: @escaping @Sendable (Int) async -> Void) async throws {
        _ = OpenFiles.raiseLimit()
        let metrics = PrometheusRegistry()
        MetricsSystem.bootstrap(metrics.metricsFactory)
        let serving = serving
        let server = LogServer(
            host: address.host, port: address.port, parts: parts, limits: limits, metrics: metrics, logger: logger
        ) { [logger] port in
            if let serving {
                // Reached from this machine, whatever address others use.
                let host = ["0.0.0.0", "::"].contains(address.host) ? "127.0.0.1" : address.hostForURL
                do {
                    try WholeFile.replace(serving, Array("http://\(host):\(port)\n".utf8), mode: 0o600)
                } catch {
                    logger.warning("\(error); 'quorate attest' cannot reach this server")
                }
            }
            await onListening(port)
        }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [server] + services
                    + [
                        HangUpListener { [logger] in
                            logger.notice(
                                "peers and the queue are watched and need no signal; a changed policy needs a restart")
                        }
                    ], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        var failure: (any Error)?
        do {
            try await group.run()
        } catch {
            failure = error
        }
        if let serving { unlink(serving) }
        await sequencer?.close()
        uploads.replace(with: [])
        await resources.shutdown()
        if let failure {
            throw CommandError(serving: failure, on: "\(address.hostForURL):\(address.port)")
        }
    }
}

/// The uploads to mirrors, which go on when nobody waits for them any more: ended before the network is.
private final class Uploads: Sendable {
    private let mirrors = Mutex<[MirrorCosigner]>([])

    /// Ends those that there were.
    func replace(with new: [MirrorCosigner]) {
        let old = mirrors.withLock { mirrors in
            defer { mirrors = new }
            return mirrors
        }
        for mirror in old { mirror.stop() }
    }
}

/// Work that goes on beside a server and ends with it.
struct BackgroundService: Service {
    let body: @Sendable () async -> Void

    init(_ body: @escaping @Sendable () async -> Void) { self.body = body }

    func run() async throws {
        await cancelWhenGracefulShutdown { await body() }
    }
}

extension BackgroundService: CustomStringConvertible {
    /// What logs call it, which would otherwise spell out all that it holds.
    var description: String { "background work" }
}
