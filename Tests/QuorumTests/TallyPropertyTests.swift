import Quorum
import TestSupport
import Testing

/// The rules that never bend, over thousands of random policies and claims, each from a seed that a failure prints.
@Suite struct TallyPropertyTests {
    /// A policy, and claims by its parties (and strangers) for a few outcomes, some of them failures or twofold.
    struct Case {
        let model: TreeModel
        let policy: Policy
        let claims: [Claim]

        init(seed: UInt64) throws {
            var generator = SeededGenerator(seed: seed)
            model = TreeModel(parties: 1...7, using: &generator)
            policy = try Policy.parse(model.text)
            var claims: [Claim] = []
            for (party, voice) in model.voices.enumerated() {
                for (key, _) in TreeModel.keys(party, voice) {
                    for _ in 0..<Int.random(in: 0...2, using: &generator) {
                        let roll = Int.random(in: 0..<10, using: &generator)
                        claims.append(
                            Samples.claim(
                                key, roll == 0 ? nil : roll < 7 ? 1 : roll < 9 ? 2 : 3,
                                observedAt: Int64.random(in: 0...3, using: &generator)))
                    }
                }
            }
            claims.append(Samples.claim(Samples.key(900), 1))
            self.claims = claims
        }

        func verdict(_ claims: [Claim]) -> Verdict {
            tally(Samples.subject, claims: claims, policy: policy, context: Samples.context())
        }
    }

    static func meeting(_ verdict: Verdict) -> Set<Outcome> {
        Set(verdict.support.filter(\.meetsQuorum).map(\.outcome))
    }

    @Test(arguments: 0..<8)
    func meetsTheDefinition(batch: UInt64) throws {
        for seed in (batch * 300)..<(batch * 300 + 300) {
            let sample = try Case(seed: seed)
            let verdict = sample.verdict(sample.claims)
            for number in 1...3 {
                var built: Set<Int> = []
                var vouched: Set<Int> = []
                for (party, voice) in sample.model.voices.enumerated() {
                    for (key, isBuilding) in TreeModel.keys(party, voice) {
                        let states = sample.claims.contains {
                            $0.key == key && $0.statement == .outcome(Samples.outcome(number))
                        }
                        guard states else { continue }
                        if isBuilding { built.insert(party) } else { vouched.insert(party) }
                    }
                }
                let expected = sample.model.isMet(built: built, vouched: vouched)
                #expect(Self.meeting(verdict).contains(Samples.outcome(number)) == expected, "seed \(seed)")
            }
            switch verdict.status {
            case .quorate(let outcome): #expect(Self.meeting(verdict) == [outcome])
            case .conflict(let outcomes): #expect(outcomes.count > 1 && Set(outcomes) == Self.meeting(verdict))
            case .split: #expect(Self.meeting(verdict).isEmpty && verdict.support.count > 1)
            case .short: #expect(Self.meeting(verdict).isEmpty && verdict.support.count <= 1)
            case .unclaimed: #expect(verdict.support.isEmpty && verdict.failedParties.isEmpty)
            case .selfVerifying: Issue.record("nothing verifies itself here")
            }
        }
    }

    @Test(arguments: 0..<4)
    func takingClaimsAwayNeverHelps(batch: UInt64) throws {
        for seed in (batch * 250)..<(batch * 250 + 250) {
            let sample = try Case(seed: seed)
            let before = sample.verdict(sample.claims)
            for index in sample.claims.indices {
                var fewer = sample.claims
                fewer.remove(at: index)
                let after = sample.verdict(fewer)
                #expect(Self.meeting(after).isSubset(of: Self.meeting(before)), "seed \(seed)")
                // The one thing that withholding can undo is a conflict.
                if after.status.isAccepting {
                    #expect(["quorate", "conflict"].contains(before.status.word), "seed \(seed)")
                }
            }
        }
    }

    @Test(arguments: 0..<4)
    func silenceIsWorthAsMuchAsDisagreement(batch: UInt64) throws {
        for seed in (batch * 250)..<(batch * 250 + 250) {
            let sample = try Case(seed: seed)
            for (party, voice) in sample.model.voices.enumerated() {
                let keys = TreeModel.keys(party, voice).map(\.key)
                let silent = sample.claims.filter { !keys.contains($0.key) }
                let disagreeing = silent + keys.map { Samples.claim($0, 50) }
                let failing = silent + keys.map { Samples.claim($0, nil) }
                let other: Set<Outcome> = [Samples.outcome(50)]
                let expected = Self.meeting(sample.verdict(silent))
                #expect(Self.meeting(sample.verdict(disagreeing)).subtracting(other) == expected, "seed \(seed)")
                #expect(Self.meeting(sample.verdict(failing)) == expected, "seed \(seed)")
            }
        }
    }

    @Test(arguments: 0..<4)
    func orderAndRepetitionDoNotMatter(batch: UInt64) throws {
        for seed in (batch * 250)..<(batch * 250 + 250) {
            let sample = try Case(seed: seed)
            var generator = SeededGenerator(seed: seed)
            let verdict = sample.verdict(sample.claims)
            for _ in 0..<3 {
                #expect(sample.verdict(sample.claims.shuffled(using: &generator)) == verdict, "seed \(seed)")
            }
            let twice = sample.verdict(sample.claims + sample.claims)
            #expect(twice.status == verdict.status && twice.support == verdict.support, "seed \(seed)")
        }
    }

    @Test func keysOfOnePartyAreOneVote() throws {
        for seed: UInt64 in 0..<1_000 {
            let sample = try Case(seed: seed)
            for (party, voice) in sample.model.voices.enumerated() where voice == .buildsTwice {
                let keys = TreeModel.keys(party, voice).map(\.key)
                let others = sample.claims.filter { !keys.contains($0.key) }
                let one = sample.verdict(others + [Samples.claim(keys[0], 1)])
                let both = sample.verdict(others + keys.map { Samples.claim($0, 1) })
                #expect(one.support == both.support && one.status == both.status, "seed \(seed)")
            }
        }
    }
}
