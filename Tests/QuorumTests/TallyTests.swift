import Testing

@testable import Quorum

@Suite struct TallyTests {
    /// Three that build and two that vouch, in one group of which two must agree; besides a rebuilder and a builder.
    static let text = """
        cache a nix \(Samples.nixKey("a", 1)) https://a.example builds
        cache b nix \(Samples.nixKey("b", 2)) https://b.example builds
        cache c nix \(Samples.nixKey("c", 3)) https://c.example builds
        cache v nix \(Samples.nixKey("v", 4)) https://v.example
        cache w nix \(Samples.nixKey("w", 5)) https://w.example
        cache g guix \(Samples.guixKey(6)) https://g.example builds
        rebuilder r \(Samples.base64(Samples.rawKey(7))) https://r.example
        builder d1 \(Samples.verifierKey("d/1", 8)) https://d.example
        builder d2 \(Samples.verifierKey("d/2", 9)) https://d.example
        builder e \(Samples.verifierKey("e/1", 10)) https://e.example
        party d d1 d2
        group few 3 a b v w d
        quorum nix few
        group debs 2 r e
        quorum debian debs

        """

    static func policy(_ more: String = "") throws -> Policy { try Policy.parse(text + more) }

    static func verdict(
        _ claims: [Claim], policy: Policy? = nil, of subject: Subject = Samples.subject,
        _ change: (inout TallyContext) -> Void = { _ in }
    ) throws -> Verdict {
        tally(subject, claims: claims, policy: try policy ?? self.policy(), context: Samples.context(change))
    }

    static func cache(_ number: Int, _ outcome: Int?) -> Claim { Samples.claim(Samples.key(number), outcome) }
    static func log(_ number: Int, _ outcome: Int?) -> Claim {
        Samples.claim(Samples.key(number), outcome, form: .logEntry)
    }

    @Test func decides() throws {
        let cases: [([Claim], String)] = [
            ([], "unclaimed"),
            ([Self.cache(1, 1)], "short"),
            ([Self.cache(1, 1), Self.cache(2, 1)], "short"),
            ([Self.cache(1, 1), Self.cache(2, 1), Self.log(8, 1)], "quorate"),
            ([Self.cache(1, 1), Self.cache(2, 1), Self.cache(4, 1)], "quorate"),
            ([Self.cache(1, 1), Self.cache(4, 1), Self.cache(5, 1)], "short"),
            ([Self.cache(1, 1), Self.cache(2, 2)], "split"),
            ([Self.cache(1, 1), Self.cache(1, 2)], "split"),
            ([Self.cache(1, nil)], "short"),
            ([Self.cache(1, nil), Self.cache(2, 1)], "short"),
            // Two keys of one party are one vote.
            ([Self.cache(1, 1), Self.log(8, 1), Self.log(9, 1)], "short"),
            // Dissent withholds nothing.
            ([Self.cache(1, 1), Self.cache(2, 1), Self.log(8, 1), Self.cache(4, 2)], "quorate"),
            // One that states both makes two quorums: v and w vouch for one outcome each.
            (
                [
                    Self.cache(1, 1), Self.cache(2, 1), Self.cache(4, 1), Self.cache(1, 2), Self.cache(5, 2),
                    Self.log(8, 2),
                ], "conflict"
            ),
        ]
        for (claims, word) in cases {
            let verdict = try Self.verdict(claims)
            #expect(verdict.status.word == word, "\(claims)")
            #expect(verdict.status.isAccepting == (word == "quorate"))
            #expect(verdict.assessments.count == claims.count)
        }
    }

    @Test func saysWho() throws {
        let claims = [Self.cache(1, 1), Self.cache(2, 1), Self.cache(5, 1), Self.cache(4, 2), Self.log(9, nil)]
        let verdict = try Self.verdict(claims)
        #expect(verdict.status == .quorate(Samples.outcome(1)))
        #expect(verdict.agreed == Samples.outcome(1))
        #expect(verdict.support.map(\.parties) == [["a", "b", "w"], ["v"]])
        #expect(verdict.support.map(\.vouchingParties) == [["w"], ["v"]])
        #expect(verdict.support.map(\.votes) == [3, 1])
        #expect(verdict.support.map(\.meetsQuorum) == [true, false])
        #expect(verdict.dissent.map(\.outcome) == [Samples.outcome(2)])
        #expect(verdict.failedParties == ["d"])
        #expect(verdict.silentParties.isEmpty)
        #expect(verdict.requirement == "3 of a, b, v, w, d")
        #expect(verdict.assessments.last?.result == .failed(party: "d", leaf: "d2"))
        #expect(try Self.verdict([Self.cache(1, 1)]).silentParties == ["b", "v", "w", "d"])
    }

    @Test func refusesWithReasons() throws {
        let revoked =
            "revoke key nix \(Samples.nixKey("b", 2)) \"leaked\"\n"
            + "revoke outcome sha256:\(Samples.digest(7).hex) \"trojan\"\n"
        let file = Outcome.file(sha256: Samples.digest(1))
        let log = Samples.key(50)
        let cases: [(Claim, RefusalReason, (inout TallyContext) -> Void)] = [
            (Samples.claim(Samples.key(1), 1, of: Samples.guixSubject), .otherSubject(Samples.guixSubject), { _ in }),
            (Self.cache(40, 1), .unknownKey, { _ in }),
            (Samples.claim(Samples.key(1, .ecdsaEd25519), 1), .unknownKey, { _ in }),
            (Self.cache(2, 1), .revokedKey(leaf: "b", reason: "leaked"), { _ in }),
            (Self.cache(1, 1), .revokedKey(leaf: "a", reason: nil), { $0.revokedKeys = [Samples.key(1)] }),
            (Self.cache(40, 1), .revokedKey(leaf: nil, reason: nil), { $0.revokedKeys = [Samples.key(40)] }),
            (Self.cache(1, 7), .revokedOutcome(leaf: "a", reason: "trojan"), { _ in }),
            (
                Self.cache(1, 1), .revokedOutcome(leaf: "a", reason: nil),
                { $0.revokedOutcomes = [RevokedOutcome(subject: Samples.subject, narHash: Samples.digest(1))] }
            ),
            (Self.cache(1, 1), .lied(leaf: "a", what: "x"), { $0.lies = [Samples.key(1): "x"] }),
            (Self.log(1, 1), .wrongForm(leaf: "a", form: .logEntry), { _ in }),
            (Self.cache(8, 1), .wrongForm(leaf: "d1", form: .cacheSignature), { _ in }),
            (Samples.claim(Samples.key(6, .ecdsaEd25519), 1), .wrongScope(leaf: "g", scope: .nix), { _ in }),
            (
                Samples.claim(Samples.key(7), 1, form: .rebuilderLink), .wrongScope(leaf: "r", scope: .nix), { _ in }
            ),
            (Self.cache(3, 1), .outsideQuorum(leaf: "c", scope: .nix), { _ in }),
            (
                Samples.claim(Samples.key(8), 1, form: .logEntry, log: log), .forkedLog(leaf: "d1"),
                { $0.forkedLogs = [log] }
            ),
            (Self.log(8, 1), .forkedLog(leaf: "d1"), { $0.forkedLogs = [Samples.key(8)] }),
            (Samples.claim(Samples.key(1), .outcome(file)), .outcomeDoesNotFit(leaf: "a"), { _ in }),
            (
                Self.cache(1, 1), .contradictsContent(leaf: "a"),
                { $0.selfVerification = .committed(Samples.outcome(2)) }
            ),
        ]
        for (claim, reason, change) in cases {
            let verdict = try Self.verdict([claim], policy: Self.policy(revoked), change)
            #expect(verdict.assessments.map(\.result) == [.refused(reason)])
            #expect(verdict.support.isEmpty)
            #expect(!reason.description.isEmpty)
        }
    }

    @Test func guixHasNoQuorumHere() throws {
        let claim = Samples.claim(Samples.key(6, .ecdsaEd25519), 1, of: Samples.guixSubject)
        let verdict = try Self.verdict([claim], of: Samples.guixSubject)
        #expect(verdict.assessments.map(\.result) == [.refused(.noQuorum(.guix))])
        #expect(verdict.status == .unclaimed)
    }

    @Test func debianCountsFiles() throws {
        let subject = Subject.debian(
            DebianArtifact(fileName: "h_1_all.deb", package: "h", version: "1", architecture: "all"))
        let statement = Statement.outcome(.file(sha256: Samples.digest(1)))
        let claims = [
            Samples.claim(Samples.key(7), statement, form: .rebuilderLink, of: subject),
            Samples.claim(Samples.key(10), statement, form: .logEntry, of: subject),
        ]
        #expect(try Self.verdict(claims, of: subject).status == .quorate(.file(sha256: Samples.digest(1))))
        let path = Samples.claim(Samples.key(7), 1, form: .rebuilderLink, of: subject)
        #expect(
            try Self.verdict([path], of: subject).assessments.map(\.result) == [.refused(.outcomeDoesNotFit(leaf: "r"))]
        )
    }

    @Test func wholeOutcomesAreCompared() throws {
        let hash = Samples.digest(1)
        let outcomes = [
            StorePathOutcome(narHash: hash, narSize: 1, references: []),
            StorePathOutcome(narHash: hash, narSize: 2, references: []),
            StorePathOutcome(narHash: hash, narSize: 1, references: ["/nix/store/x"]),
        ]
        let claims = zip([1, 2, 4], outcomes).map { Samples.claim(Samples.key($0), .outcome(.storePath($1))) }
        let verdict = try Self.verdict(claims)
        #expect(verdict.status == .split)
        #expect(verdict.support.count == 3)
    }

    @Test func revocationsAndForksUnmakeAQuorum() throws {
        let claims = [Self.cache(1, 1), Self.cache(2, 1), Self.log(8, 1)]
        #expect(try Self.verdict(claims).status.word == "quorate")
        #expect(try Self.verdict(claims) { $0.revokedKeys = [Samples.key(2)] }.status == .short)
        #expect(try Self.verdict(claims) { $0.forkedLogs = [Samples.key(8)] }.status == .short)
        let outcome = RevokedOutcome(narHash: Samples.digest(1))
        #expect(try Self.verdict(claims) { $0.revokedOutcomes = [outcome] }.status == .unclaimed)
        let elsewhere = RevokedOutcome(subject: Samples.guixSubject, narHash: Samples.digest(1))
        #expect(try Self.verdict(claims) { $0.revokedOutcomes = [elsewhere] }.status.word == "quorate")
    }

    @Test func ownBuildsCount() throws {
        let own = Samples.claim(Samples.key(9), 1, form: .ownBuild)
        #expect(try Self.verdict([Self.cache(1, 1), Self.cache(2, 1), own]).status.word == "quorate")
    }

    @Test func conflictsStick() throws {
        let claims = [Self.cache(1, 1), Self.cache(2, 1), Self.log(8, 1)]
        let verdict = try Self.verdict(claims) { $0.standingConflicts = [Samples.subject] }
        #expect(verdict.status == .conflict([Samples.outcome(1)]))
        #expect(verdict.notes == [.standingConflict])
        #expect(verdict.agreed == nil)
        let content = try Self.verdict([]) {
            $0.standingConflicts = [Samples.subject]
            $0.selfVerification = .commitsToContent
        }
        #expect(content.status == .conflict([]))
    }

    @Test func pathsThatProveThemselvesNeedNoVotes() throws {
        let outcome = Samples.outcome(1)
        let proven = try Self.verdict([Self.cache(1, 2), Self.cache(2, 1)]) {
            $0.selfVerification = .committed(outcome)
        }
        #expect(proven.status == .selfVerifying(outcome))
        #expect(proven.agreed == outcome)
        #expect(proven.support.map(\.outcome) == [outcome])
        #expect(try Self.verdict([]) { $0.selfVerification = .commitsToContent }.status == .selfVerifying(nil))

        let revoked = try Self.verdict([]) {
            $0.selfVerification = .committed(outcome)
            $0.revokedOutcomes = [RevokedOutcome(narHash: Samples.digest(1))]
        }
        #expect(revoked.status == .unclaimed)
        #expect(revoked.notes == [.selfVerifyingOutcomeRevoked])
        let unread = try Self.verdict([]) {
            $0.selfVerification = .commitsToContent
            $0.revokedOutcomes = [RevokedOutcome(subject: Samples.subject, narHash: Samples.digest(1))]
        }
        #expect(unread.status == .unclaimed)
        let empty = tally(
            Samples.subject, claims: [], policy: .empty,
            context: Samples.context { $0.selfVerification = .committed(outcome) })
        #expect(empty.status == .selfVerifying(outcome))
    }

    @Test func exceptionsLowerTheQuorumForATime() throws {
        let exceptions = """
            except hello-* 2 until 2027-06-01T00:00:00Z "first"
            except /nix/store/*-hello-2* 1 until 2027-03-01T00:00:00Z "second"
            except bye 1 until 2027-06-01T00:00:00Z "another"

            """
        let policy = try Self.policy(exceptions)
        let one = [Self.cache(1, 1)]
        let two = [Self.cache(1, 1), Self.cache(2, 1)]
        #expect(try Self.verdict(one, policy: policy).status.word == "quorate")
        #expect(try Self.verdict(one, policy: policy).exception?.reason == "second")
        let later = Timestamp(rfc3339: "2027-03-01T00:00:00Z") ?? Samples.now
        #expect(try Self.verdict(one, policy: policy) { $0.now = later }.status == .short)
        let verdict = try Self.verdict(two, policy: policy) { $0.now = later }
        #expect(verdict.status.word == "quorate")
        #expect(verdict.exception?.line == 16)
        #expect(verdict.requirement == "2 of a, b, v, w, d (an exception until 2027-06-01T00:00:00Z: first)")
        let last = Timestamp(rfc3339: "2027-06-01T00:00:00Z") ?? Samples.now
        let expired = try Self.verdict(two, policy: policy) { $0.now = last }
        #expect(expired.status == .short && expired.exception == nil)
        #expect(try Self.verdict([Self.cache(1, 1), Self.cache(2, 2)], policy: policy).status.word == "conflict")
    }

    @Test func groupsCanAskForBuilds() throws {
        let text = Self.text.replacing("group few 3 a", with: "group few 3 built a")
        let policy = try Policy.parse(text)
        let verdict = try Self.verdict([Self.cache(1, 1), Self.cache(2, 1), Self.cache(4, 1)], policy: policy)
        #expect(verdict.status == .short)
        #expect(verdict.assessments.last?.result == .refused(.vouchedWhereBuiltCounts(leaf: "v", group: "few")))
        #expect(verdict.requirement == "3 of a, b, v, w, d, built by themselves")
    }

    @Test func expiredPoliciesAcceptNothing() throws {
        let policy = try Self.policy(
            PolicyRefusalTests.signer + "\nversion 2 expires 2027-02-01T00:00:00Z\nsigned-by s\n")
        let claims = [Self.cache(1, 1), Self.cache(2, 1), Self.log(8, 1)]
        #expect(try Self.verdict(claims, policy: policy).status.word == "quorate")
        let expires = Timestamp(rfc3339: "2027-02-01T00:00:00Z") ?? Samples.now
        let verdict = try Self.verdict(claims, policy: policy) { $0.now = expires }
        #expect(verdict.status == .short)
        #expect(verdict.notes == [.policyExpired(expires)])
        #expect(verdict.requirement == "nothing is enough: the policy expired at 2027-02-01T00:00:00Z")
    }

    @Test func notesNameEquivocationAndInputs() throws {
        let claims = [
            Samples.claim(Samples.key(8), 1, form: .logEntry, inputs: Samples.digest(1)),
            Samples.claim(Samples.key(9), 2, form: .logEntry, inputs: Samples.digest(2)),
            Samples.claim(Samples.key(1), 1, inputs: Samples.digest(1)),
        ]
        let notes = try Self.verdict(claims).notes
        #expect(
            notes == [
                .inputsDiffer([
                    InputsSupport(inputs: Samples.digest(1), parties: ["a", "d"]),
                    InputsSupport(inputs: Samples.digest(2), parties: ["d"]),
                ]),
                .equivocation(party: "d", outcomes: [Samples.outcome(1), Samples.outcome(2)].sorted()),
            ])
        #expect(notes.allSatisfy { !$0.description.isEmpty })
    }
}
