import ClaimSources
import Foundation
import Ledger
import LedgerSQLite
import NIOCore
import Quorum
import Synchronization
import TestSupport
import Verification

/// Three caches behind real HTTP, a policy over them, and a state folder: what a user has.
final class Scene: Sendable {
    let folder: TemporaryFolder
    let upstreams: [Upstream]
    private let clock = Mutex<Int64>(1_800_000_000)

    private let shared: Orders

    /// What the servers, which are there before the scene is, are told to do.
    private final class Orders: Sendable {
        /// By cache and path; what is not here comes from the fixture.
        let answers = Mutex<[String: UpstreamAnswer]>([:])
        let hanging = Mutex<Set<String>>([])
        let asked = Mutex(0)
    }

    private init(folder: TemporaryFolder, upstreams: [Upstream], shared: Orders) {
        self.folder = folder
        self.upstreams = upstreams
        self.shared = shared
    }

    var addresses: [String] { upstreams.map(\.address) }

    /// How many requests the caches have got.
    var requests: Int { shared.asked.withLock { $0 } }

    /// Makes a cache answer `answer` for a path such as `/x.narinfo`.
    func override(_ cache: String, _ path: String, _ answer: UpstreamAnswer) {
        shared.answers.withLock { $0[cache + path] = answer }
    }

    /// Makes caches take requests and never answer.
    func hang(_ caches: Set<String>) { shared.hanging.withLock { $0 = caches } }

    /// Lets time pass.
    func advance(_ seconds: Int64) { clock.withLock { $0 += seconds } }

    var now: Timestamp { Timestamp(secondsSince1970: clock.withLock { $0 }) }

    static func run<Value: Sendable>(
        _ body: @Sendable (Scene) async throws -> Value
    ) async throws -> Value {
        let shared = Orders()
        @Sendable func script(_ cache: String) -> Upstream.Script {
            { connection in
                while let path = try await connection.nextRequest() {
                    shared.asked.withLock { $0 += 1 }
                    while shared.hanging.withLock({ $0.contains(cache) }) {
                        try await Task.sleep(for: .milliseconds(10))
                    }
                    let answer = shared.answers.withLock { $0[cache + path] }
                    try await connection.answer(answer ?? Upstream.file(cache, path))
                }
            }
        }
        return try await Upstream.run(script("a")) { a in
            try await Upstream.run(script("b")) { b in
                try await Upstream.run(script("c")) { c in
                    try await body(Scene(folder: try TemporaryFolder(), upstreams: [a, b, c], shared: shared))
                }
            }
        }
    }

    var seal: ClaimSeal { ClaimSeal(key: [UInt8](repeating: 9, count: 32)) }

    var ledgerPath: String { folder.file("ledger.sqlite") }

    func ledger() throws -> SQLiteLedger { try SQLiteLedger(path: ledgerPath, seal: seal) }

    /// An inquirer as a program that has just been started makes it.
    /// - Parameters:
    ///   - addresses: Where the caches are; their own servers by default.
    ///   - ledger: Nil for the file in the folder.
    ///   - editing: Changes the policy's text.
    func withInquirer<Value>(
        threshold: Int = 2, addresses: [String]? = nil, ledger: (any Ledger)? = nil, seal: ClaimSeal? = nil,
        pauses: Bool = false, answerTime: Duration = .seconds(10), editing: (String) -> String = { $0 },
        _ body: (Inquirer) async throws -> Value
    ) async throws -> Value {
        let policy = try Policy.parse(
            editing(CacheFixture.policyText(addresses ?? self.addresses, threshold: threshold)))
        let resources = HTTPResources()
        var limits = HTTPLimits()
        limits.answerTime = .milliseconds(Int64(answerTime / .milliseconds(1)))
        let result: Result<Value, any Error>
        do {
            let caches = CacheSet(policy: policy, limits: limits, pausesAfterTrouble: pauses, resources: resources)
            let inquirer = Inquirer(
                policy: policy, caches: caches, ledger: try ledger ?? self.ledger(), seal: seal ?? self.seal,
                state: try LocalState(directory: folder.path), now: { self.now })
            result = .success(try await body(inquirer))
        } catch {
            result = .failure(error)
        }
        await resources.shutdown()
        return try result.get()
    }
}

/// The fixtures' paths by their names.
enum Paths {
    static let repro = "g9q85z50h3y9ww3ry62rwb4h7xyan3nn"
    static let cores = "5yfjss40d9fj0wpkg0gcv106w2yqaz4d"
    static let timestamp = "xfdbidw8zh8i72yhiznz2illpxk7vwfq"

    static func key(_ hashPart: String) -> LookupKey { LookupKey("/nix/store/" + hashPart) }

    /// Which caches agree on which path, as `Tests/Fixtures/nix/README.md` says: all where nothing else is said.
    static let agreement: [String: String] = [
        "cores-1.0": "c,ab", "multibad-1.0-doc": "c,a,b", "randorder-1.0": "b,c,a", "structured-1.0": "bc,a",
        "tarmtime-1.0": "a,b,c", "timestamp-1.0": "a,c,b",
    ]
}

extension Inquirer {
    /// Asks about one path.
    func ask(_ hashPart: String, maximumAge: Int64 = 3600, _ change: (inout Options) -> Void = { _ in }) async -> (
        finding: Finding, trouble: String?
    ) {
        var options = Options()
        options.maximumAge = maximumAge
        change(&options)
        let result = await inquire([Paths.key(hashPart)], options: options)
        return (result.findings[0], result.ledgerTrouble)
    }
}

extension Finding {
    /// The verdicts' words, in the subjects' order.
    var words: [String] { verdicts.map(\.status.word) }
}
