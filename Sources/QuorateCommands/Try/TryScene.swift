internal import ClaimSources
internal import ClientSetup
internal import Gateway
internal import Ledger
internal import Logging
internal import Observability
internal import Quorum
internal import StoreFormats
internal import Synchronization
internal import Verification

/// What stands while the try-out asks and installs: three caches on HTTP, a policy, a state of its own.
final class TryScene: Sendable {
    private let layout: TryLayout
    private let builders: [ExampleBuilder]
    private let keys: [NixSecretKey]
    private let path: String
    private let terminal: Terminal
    private let workplace: Workplace
    private let report = Mutex<VerificationReport?>(nil)

    init(
        layout: TryLayout, builders: [ExampleBuilder], keys: [NixSecretKey], path: String, terminal: Terminal
    ) {
        self.layout = layout
        self.builders = builders
        self.keys = keys
        self.path = path
        self.terminal = terminal
        workplace = Workplace(places: Places(home: layout.home(of: "quorate")))
    }

    private var policyFile: String { workplace.places.policy }

    /// Serves the caches and writes the policy, for as long as `body` runs.
    func open(_ body: @escaping @Sendable (TryScene) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let (ports, continuation) = AsyncStream<(Int, Int)>.makeStream()
            for (index, builder) in builders.enumerated() {
                var logger = Logger(label: builder.name)
                logger.logLevel = .critical
                let server = DirectoryServer(folder: builder.cache, logger: logger) { port in
                    continuation.yield((index, port))
                }
                group.addTask { try await server.run() }
            }
            var known: [Int: Int] = [:]
            for await (index, port) in ports {
                known[index] = port
                if known.count == builders.count { break }
            }
            try writePolicy(builders.indices.map { known[$0] ?? 0 })
            defer { group.cancelAll() }
            try await body(self)
        }
    }

    private func writePolicy(_ ports: [Int]) throws {
        var text = "# Three independent builders on this machine; any two of them decide.\npolicy two-of-three\n"
        for (index, builder) in builders.enumerated() {
            text += "cache \(builder.name) nix \(keys[index].publicKey) http://127.0.0.1:\(ports[index]) builds\n"
        }
        text += "group builders 2 \(builders.map(\.name).joined(separator: " "))\nquorum nix builders\n"
        try Files.makeDirectory(workplace.places.configuration)
        try Files.create(policyFile, Array(text.utf8), mode: 0o644)
    }

    /// Verifies everything published.
    func verify(_ top: StorePath) async throws -> StyledText {
        let policy = try workplace.policy(nil)
        let state = try workplace.openState(allowsForgetting: false)
        let resources = HTTPResources()
        let caches = CacheSet(policy: policy, limits: HTTPLimits(), pausesAfterTrouble: false, resources: resources)
        let inquirer = state.inquirer(policy: policy, caches: caches)
        let paths = try PublishedPaths.read(cache: builders[0].cache).map(\.storePath)
        let verification = PathVerification(
            inquirer: inquirer, maximumAge: 0, followsReferences: false, terminal: terminal)
        let result = await verification.run(paths.sorted { $0.name < $1.name })
        caches.shutdown()
        await resources.shutdown()
        report.withLock { $0 = result }
        return "\(result.counts.map { "\($0.count) \($0.word)" }.joined(separator: ", "))"
    }

    func showVerdicts() {
        report.withLock { $0?.print(to: terminal) }
        terminal.output.line()
    }

    /// The gateway while it runs.
    struct RunningGateway: Sendable {
        let url: String
        let publicKey: NixPublicKey
        fileprivate let stopped: AsyncStream<Void>

        /// Returns when a signal has stopped the gateway.
        func untilStopped() async throws {
            for await _ in stopped {}
        }
    }

    /// Runs the gateway in enforce mode for as long as `body` runs.
    func withGateway(
        listen: ListenAddress, _ body: @escaping @Sendable (RunningGateway) async throws -> Void
    ) async throws {
        let run = try GatewayRun(
            workplace: workplace, policyFile: nil, terminal: terminal, logging: LoggingSetup(level: .error)
        ) {
            $0.host = listen.host
            $0.port = listen.port
            $0.mode = .enforce
        }
        let key = try workplace.gatewayKey().publicKey
        let (stopped, stop) = AsyncStream<Void>.makeStream()
        let (ports, port) = AsyncStream<Int>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer {
                    stop.finish()
                    port.finish()
                }
                try await run.run { port.yield($0) }
            }
            for await number in ports {
                let gateway = RunningGateway(
                    url: "http://\(listen.hostForURL):\(number)", publicKey: key, stopped: stopped)
                do {
                    try await body(gateway)
                } catch {
                    await run.stop()
                    throw error
                }
                break
            }
            await run.stop()
            try await group.waitForAll()
        }
    }

    /// Installs the examples with a client that trusts the gateway alone.
    func install(
        _ examples: ExampleSet, from gateway: RunningGateway, state: @escaping @Sendable (StyledText) -> Void
    ) async throws -> ClientInstall.Outcome {
        let client = ClientInstall(home: NixHome(folder: layout.home(of: "client")), path: path)
        try client.prepare(substituter: gateway.url, trusting: gateway.publicKey)
        return try await client.install(of: examples) { event in
            switch event {
            case .building(let derivation): state("builds \(TryWords.name(derivation))")
            case .copying(let path, _, _): state("copies \(TryWords.name(path))")
            default: break
            }
        }
    }

    /// What the client really did, path by path.
    func showInstall(_ outcome: ClientInstall.Outcome, gateway: RunningGateway) {
        let verdicts = report.withLock { report in
            Dictionary((report?.entries ?? []).map { ($0.verdict.subject.description, $0.verdict) }) { first, _ in first
            }
        }
        var table = Table(
            columns: [Table.Column("what the client did"), Table.Column("path"), Table.Column("verdict")],
            overflow: .wrap)
        for path in outcome.closure.sorted(by: { TryWords.name($0.path) < TryWords.name($1.path) }) {
            let did: StyledText
            switch InstallOrigin(path) {
            case .built: did = "\("built from source", .yellow)"
            case .substituted: did = "\("substituted", .green)"
            case .source: did = "a source, by evaluation"
            }
            let verdict = verdicts[path.path]
            table.add([
                did, StyledText(TryWords.name(path.path)),
                verdict.map { StyledText($0.status.word, VerdictWords.style(of: $0.status.word)) } ?? "not published",
            ])
        }
        terminal.output.line(table)
        terminal.output.line()
    }

    /// Runs the tampered program as two clients got it.
    func contrast(
        _ victim: StorePath, _ installed: ClientInstall.Outcome, _ examples: ExampleSet
    ) async throws -> StyledText {
        guard let liar = builders.last, let key = keys.last else { return "" }
        let careful = try await greeting(of: victim, installed, home: NixHome(folder: layout.home(of: "client")))
        let client = ClientInstall(home: NixHome(folder: layout.home(of: "careless")), path: path)
        try client.prepare(substituter: "file://\(liar.cache)", trusting: key.publicKey)
        let careless = try await greeting(of: victim, try await client.install(of: examples), home: client.home)
        guard !careful.contains(ExampleSet.backDoorWords), careless.contains(ExampleSet.backDoorWords) else {
            throw TryError(
                .unexpectedOutput, "the back door is where it should not be, or not where it should: '\(careful)'")
        }
        return "behind the gateway it says \(careful, .green), with \(liar.name)'s signature alone \(careless, .red)"
    }

    private func greeting(
        of victim: StorePath, _ installed: ClientInstall.Outcome, home: NixHome
    ) async throws -> String {
        let references = installed.closure.first { $0.path == victim.path }?.outcome.references ?? []
        let program = ExampleProgram(home: home, package: victim, references: references)
        return try await program.run("greeter", ["sesame"])
    }

    /// The lines for nix.conf, and what happens now.
    func showClosing(_ gateway: RunningGateway, servesOn: Bool) {
        terminal.output.line("\("To let nix on this machine use this gateway, put into nix.conf:", .bold)")
        let setup = GatewaySetup(url: gateway.url, signing: .reSign(gateway.publicKey))
        for line in ClientSnippet.nixConf(setup).split(separator: "\n") where !line.hasPrefix("#") {
            terminal.output.line("    \(String(line))")
        }
        terminal.output.line()
        terminal.output.line("The policy: \(policyFile)")
        if servesOn { terminal.output.line("Serving on \(gateway.url) until Ctrl-C.") }
    }
}
