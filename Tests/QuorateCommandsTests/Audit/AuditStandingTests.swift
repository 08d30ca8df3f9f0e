import ClientSetup
import Quorum
import StoreFormats
import Testing

@testable import QuorateCommands

/// Every standing, from verdicts that the tally itself made.
@Suite struct AuditStandingTests {
    private static let path = "/nix/store/387nh97y1gmnfsayfi9b3bxh28i479lv-modes-1.0"
    private static let subject = Subject.storePath(path)

    private static func outcome(_ byte: UInt8) throws -> StorePathOutcome {
        StorePathOutcome(
            narHash: try #require(Digest256(Array(repeating: byte, count: 32))), narSize: 100, references: [])
    }

    /// Three parties, of whom `needed` must agree; each states the outcome of its byte, 0 for nothing.
    private static func verdict(_ statements: [UInt8], needed: Int, conflict: Bool = false) throws -> Verdict {
        let names = ["a", "b", "c"]
        let keys = names.map { CacheKeys.text(named: $0) }
        let lines = zip(names, keys).map { "cache \($0) nix \($1.text) https://\($0).example builds\n" }
        let policy = try Policy.parse(
            lines.joined() + "group farms \(needed) contradictable a b c\nquorum nix farms\n")
        var claims: [Claim] = []
        for (statement, key) in zip(statements, keys) where statement != 0 {
            claims.append(
                Claim(
                    subject: subject, key: key.identity, statement: .outcome(.storePath(try outcome(statement))),
                    form: .cacheSignature, source: "https://example", observedAt: Timestamp(secondsSince1970: 0),
                    evidence: try #require(Digest256(Array(repeating: statement, count: 32)))))
        }
        return tally(
            subject, claims: claims, policy: policy,
            context: TallyContext(
                now: Timestamp(secondsSince1970: 0), standingConflicts: conflict ? [subject] : []))
    }

    private static func installed(_ byte: UInt8 = 1, builtHere: Bool = false) throws -> InstalledPath {
        InstalledPath(path: path, outcome: try outcome(byte), isBuiltHere: builtHere)
    }

    /// How an installed path with outcome 1 stands.
    struct Case: Sendable {
        /// What each of three caches states; 0 for nothing.
        let statements: [UInt8]
        let needed: Int
        let standing: AuditStanding
        let status: QuorateCommands.ExitStatus

        init(_ statements: [UInt8], _ needed: Int, _ standing: AuditStanding, _ status: QuorateCommands.ExitStatus) {
            (self.statements, self.needed, self.standing, self.status) = (statements, needed, standing, status)
        }
    }

    private static let cases = [
        Case([1, 1, 0], 2, .agreed, .ok),
        Case([1, 1, 2], 2, .agreed, .ok),
        Case([1, 0, 0], 1, .oneParty, .ok),
        Case([1, 0, 0], 2, .oneParty, .short),
        Case([1, 1, 0], 3, .short, .short),
        Case([0, 0, 0], 2, .unclaimed, .short),
        Case([2, 2, 0], 2, .different, .disagreement),
        Case([2, 2, 1], 2, .different, .disagreement),
        Case([2, 0, 0], 2, .different, .disagreement),
        Case([2, 3, 0], 2, .different, .disagreement),
        Case([1, 2, 0], 2, .split, .disagreement),
        Case([1, 2, 0], 1, .conflict, .disagreement),
    ]

    @Test(arguments: cases) func compares(_ row: Case) throws {
        let path = try Self.installed()
        let verdict = try Self.verdict(row.statements, needed: row.needed)
        let standing = AuditStanding(path, proof: .none, verdict: verdict, isRevoked: false)
        #expect(standing == row.standing)
        let entry = AuditReport.Entry(path, standing: standing, verdict: verdict, sources: [], disk: nil)
        #expect(entry.status == row.status)
        #expect((entry.evidence != nil) == (row.status == .disagreement))
    }

    @Test(
        arguments: [
            ([0, 0, 0], AuditStanding.builtHere), ([1, 0, 0], .builtHere), ([2, 0, 0], .different),
            ([1, 1, 0], .agreed),
            ([2, 2, 0], .different),
        ] as [([UInt8], AuditStanding)])
    func tellsWhatWasBuiltHereApart(_ statements: [UInt8], _ expected: AuditStanding) throws {
        let verdict = try Self.verdict(statements, needed: 2)
        let path = try Self.installed(builtHere: true)
        #expect(AuditStanding(path, proof: .none, verdict: verdict, isRevoked: false) == expected)
    }

    @Test func standingConflictStays() throws {
        let verdict = try Self.verdict([1, 1, 0], needed: 2, conflict: true)
        #expect(AuditStanding(try Self.installed(), proof: .none, verdict: verdict, isRevoked: false) == .conflict)
    }

    @Test func nobodyAskedIsNobodyAgreeing() throws {
        #expect(AuditStanding(try Self.installed(), proof: .none, verdict: nil, isRevoked: false) == .unclaimed)
        #expect(AuditStanding(try Self.installed(), proof: .proven, verdict: nil, isRevoked: false) == .selfVerifying)
    }

    @Test func revokedIsAboveAll() throws {
        let verdict = try Self.verdict([1, 1, 1], needed: 2)
        for proof in [SelfProof.none, .proven] {
            let standing = AuditStanding(
                try Self.installed(), proof: proof, verdict: verdict, isRevoked: true, disk: .missing)
            #expect(standing == .revoked)
        }
    }

    /// What lies on the disk is what is installed, whatever the store recorded.
    @Test func diskIsAboveTheRecord() throws {
        let altered = NarDigest(hash: try #require(NarHash(Array(repeating: 9, count: 32))), size: 1)
        let agreed = try Self.verdict([1, 1, 0], needed: 2)
        let different = try Self.verdict([2, 2, 0], needed: 2)
        func standing(_ verdict: Verdict, _ disk: DiskContents.Finding) throws -> AuditStanding {
            AuditStanding(try Self.installed(), proof: .none, verdict: verdict, isRevoked: false, disk: disk)
        }
        #expect(try standing(agreed, .matches) == .agreed)
        #expect(try standing(agreed, .altered(altered)) == .altered)
        #expect(try standing(agreed, .missing) == .altered)
        #expect(try standing(agreed, .unreadable("no")) == .unreadable)
        #expect(try standing(different, .unreadable("no")) == .different)
    }

    @Test func problemsNeverGiveZero() throws {
        let json = #"[{"path":"/nix/store/387nh97y1gmnfsayfi9b3bxh28i479lv-modes-1.0"}]"#
        let parsed = try InstalledPaths.parse(Array(json.utf8))
        #expect(parsed.problems.count == 1)
        #expect(AuditReport(problems: parsed.problems).status == .short)
        #expect(AuditReport(problems: []).status == .ok)
    }
}

/// Keys that are well formed and different; nothing is signed with them.
enum CacheKeys {
    static func text(named name: String) -> (text: String, identity: KeyIdentity) {
        // A key made at random once; others would do.
        guard let key = made[name], let identity = KeyIdentity(algorithm: .ed25519, bytes: key.bytes) else {
            preconditionFailure("no key \(name)")
        }
        return (key.description, identity)
    }

    private static let made: [String: NixPublicKey] = {
        var keys: [String: NixPublicKey] = [:]
        for name in ["a", "b", "c"] { keys[name] = try? NixSecretKey.generate(name: "\(name).example-1").publicKey }
        return keys
    }()
}
