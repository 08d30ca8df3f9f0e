internal import ClaimSources
internal import FoundationEssentials
internal import GuixFormats
internal import HTTPTypes
internal import Hummingbird
internal import Ledger
internal import NIOCore
internal import Observability
internal import Quorum
internal import StoreFormats
internal import Verification

/// The routes for people and monitors: verdicts as JSON, health, metrics, a page at the root.
struct PeopleRoutes: Sendable {
    let decider: Decider
    /// The store that is served at the root.
    let root: CacheKind
    let inquirer: Inquirer
    let ledger: any Ledger
    let state: LocalState
    let spool: NarSpool
    let configuration: GatewayConfiguration
    let metrics: PrometheusRegistry

    /// What `/api/v1/status` says.
    private struct Status: Codable {
        let version: Int
        let mode: String
        let signing: String
        let publicKey: String
        let guixKey: String?
        let rootStore: String
        let caches: [String]
        let claims: Int?
        let subjects: Int?
        let narsUnderWay: Int
        let spooledFiles: Int
        let spooledBytes: UInt64
        let wrongNars: Int
        let standingConflicts: [String]
    }

    private struct Verdicts: Codable {
        let version: Int
        let served: Bool
        let reason: String?
        let verdicts: [VerdictReport]
        let history: [Past]
    }

    /// A verdict that was reached earlier.
    private struct Past: Codable {
        let path: String
        let verdict: String
        let narHash: String?
        let decidedAt: String
        /// Digest of the policy that it was reached under.
        let policy: String

        init(_ record: VerdictRecord) {
            path = record.subject.description
            verdict = record.word
            narHash = record.outcome.map { "sha256:\($0.digest.hex)" }
            decidedAt = record.decidedAt.description
            policy = "sha256:\(record.policy.hex)"
        }
    }

    /// Changes of verdict told for one path: the newest say what happened, and a cache may change its mind for ever.
    private static let longestHistory = 100

    private struct Failure: Codable {
        let version: Int
        let error: String
    }

    func router() -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.get("/healthz") { _, _ in Self.text("ok\n", type: "text/plain") }
        router.get("/metrics") { _, _ in
            Self.text(metrics.text(), type: "text/plain; version=0.0.4; charset=utf-8")
        }
        router.get("/api/v1/status") { _, _ in try await status() }
        router.get("/api/v1/verdicts/{path}") { _, context in
            try await verdicts(context.parameters.get("path") ?? "")
        }
        for place in ["/", "/index.html", "/nix", "/guix", "/guix/index.html"] {
            router.get(RouterPath(place)) { _, _ in Self.text(frontPage, type: "text/plain; charset=utf-8") }
        }
        return router
    }

    private var frontPage: String {
        let guixKey = configuration.signingGuixKey.map { "\nFor Guix         \($0.publicKey.hexadecimal)" } ?? ""
        return """
            Quorate gateway, \(configuration.mode.rawValue), \(configuration.signing.rawValue)

            Public key       \(configuration.key.publicKey)\(guixKey)
            Status           /api/v1/status
            One verdict      /api/v1/verdicts/<hash or base name of a store path>
            Health, metrics  /healthz  /metrics

            """
    }

    private func status() async throws -> Response {
        let counts = try? await ledger.counts()
        let usage = spool.usage
        return try Self.json(
            Status(
                version: VerdictReport.version, mode: configuration.mode.rawValue,
                signing: configuration.signing.rawValue, publicKey: "\(configuration.key.publicKey)",
                guixKey: configuration.guixKey.map { "\($0.publicKey)" }, rootStore: root.rawValue,
                caches: inquirer.caches.members.map { "\($0.leaf) \($0.cache.address)" }, claims: counts?.claims,
                subjects: counts?.subjects, narsUnderWay: spool.underWay, spooledFiles: usage.files,
                spooledBytes: usage.bytes, wrongNars: spool.leftAlone, standingConflicts: state.conflictLines))
    }

    private func verdicts(_ name: String) async throws -> Response {
        let hashPart = String(name.prefix(32))
        guard SubstituterPath.isHashPart(hashPart[...]), name.utf8.count == 32 || name.dropFirst(32).hasPrefix("-")
        else {
            return try Self.json(
                Failure(version: VerdictReport.version, error: "expected the hash part or base name of a store path"),
                status: .badRequest)
        }
        let decision = await decide(hashPart)
        let reason: String?
        var isServed = false
        switch decision.answer {
        case .serve: (reason, isServed) = (nil, true)
        case .refuse(let why), .trouble(let why): reason = why
        }
        let finding = decision.finding
        var history: [Past] = []
        for verdict in finding?.verdicts ?? [] {
            let records = try? await ledger.history(of: verdict.subject, limit: Self.longestHistory)
            history += (records ?? []).map(Past.init)
        }
        return try Self.json(
            Verdicts(
                version: VerdictReport.version, served: isServed, reason: reason,
                verdicts: finding?.verdicts.map { VerdictReport($0, reports: finding?.reports ?? []) } ?? [],
                history: history))
    }

    /// A hash part is of one store, and it does not say of which: the root's is looked at first.
    private func decide(_ hashPart: String) async -> Decision {
        let decision = await decider.decide(Question(root, hashPart))
        let other: CacheKind = root == .nix ? .guix : .nix
        guard decision.finding?.verdicts.isEmpty ?? true,
            inquirer.caches.members.contains(where: { $0.serves(other) })
        else { return decision }
        let second = await decider.decide(Question(other, hashPart))
        return second.finding?.verdicts.isEmpty ?? true ? decision : second
    }

    private static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        let body = ByteBuffer(bytes: try VerdictReport.encode(value))
        return Response(
            status: status, headers: [.contentType: "application/json; charset=utf-8"], body: .init(byteBuffer: body))
    }

    private static func text(_ text: String, type: String) -> Response {
        Response(status: .ok, headers: [.contentType: type], body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}
