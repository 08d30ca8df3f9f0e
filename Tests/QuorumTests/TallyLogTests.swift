import Quorum
import Testing

/// In which logs a builder's claims count, and in which state of those.
@Suite struct TallyLogTests {
    private static let log = Samples.key(20)
    private static let other = Samples.key(21)

    /// A policy with a builder, its log and another one.
    private static func policy(_ line: String) throws -> Policy {
        try Policy.parse(
            """
            log \(Samples.verifierKey("alice.example/log", 20)) https://files.example/a
            log \(Samples.verifierKey("bob.example/log", 21))
            quorum none
            builder d \(Samples.verifierKey("alice.example", 8)) \(line)
            quorum nix d

            """)
    }

    private static func result(
        _ line: String, log: KeyIdentity?, _ change: (inout TallyContext) -> Void = { _ in }
    ) throws -> ClaimAssessment.Result? {
        let claim = Samples.claim(Samples.key(8), 1, form: .logEntry, log: log)
        return tally(Samples.subject, claims: [claim], policy: try policy(line), context: Samples.context(change))
            .assessments.first?.result
    }

    @Test(arguments: [
        "https://files.example/a", "https://files.example/a/", "https://alice.example/log", "http://alice.example/log",
        "alice.example/log", "https://elsewhere.example https://alice.example/log", "",
    ])
    func countsInItsLog(line: String) throws {
        #expect(try Self.result(line, log: Self.log) == .counted(party: "d", leaf: "d", built: true))
    }

    @Test(arguments: [
        "https://bob.example/log", "bob.example/log", "https://files.example/", "https://alice.example/log/a",
    ])
    func doesNotCountInAnothers(line: String) throws {
        #expect(try Self.result(line, log: Self.log) == .refused(.unlistedLog(leaf: "d")))
    }

    @Test func countsInEveryLogWhenNoneIsNamed() throws {
        #expect(try Self.result("", log: Self.other) == .counted(party: "d", leaf: "d", built: true))
        #expect(try Self.result("", log: Samples.key(22)) == .refused(.unlistedLog(leaf: "d")))
    }

    @Test func doesNotCountWhileTheLogIsStale() throws {
        let stale = try Self.result("", log: Self.log) { $0.staleLogs = [Self.log: "is frozen"] }
        #expect(stale == .refused(.staleLog(leaf: "d", reason: "is frozen")))
        if case .refused(let reason)? = stale {
            #expect(reason.description == "the log with this claim of d is frozen")
        }
        let fresh = try Self.result("", log: Self.log) { $0.staleLogs = [Self.other: "is frozen"] }
        #expect(fresh == .counted(party: "d", leaf: "d", built: true))
        // What is worse is said.
        let forked = try Self.result("", log: Self.log) {
            $0.staleLogs = [Self.log: "is frozen"]
            $0.forkedLogs = [Self.log]
        }
        #expect(forked == .refused(.forkedLog(leaf: "d")))
    }

    @Test func ownBuildsNeedNoLog() throws {
        let claim = Samples.claim(Samples.key(8), 1, form: .ownBuild)
        let verdict = tally(
            Samples.subject, claims: [claim], policy: try Self.policy("https://alice.example/log"),
            context: Samples.context { $0.staleLogs = [Self.log: "is frozen"] })
        #expect(verdict.status.word == "quorate")
    }
}
