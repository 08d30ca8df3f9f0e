import Quorum
import TestSupport
import Testing

@Suite struct QuorumStrengthTests {
    @Test func numbersEqualBruteForce() throws {
        var generator = SeededGenerator(seed: 20)
        for _ in 0..<1_500 {
            let model = TreeModel(parties: 1...7, using: &generator)
            let policy = try Policy.parse(model.text)
            let strength = try #require(policy.strength(of: .nix))
            let sets = model.meetingSets()
            #expect(strength.parties == model.voices.count)
            #expect(strength.fewestParties == sets.map(\.nonzeroBitCount).min(), "\(model.text)")
            let overlap = sets.flatMap { first in sets.map { (first & $0).nonzeroBitCount } }.min()
            #expect(strength.smallestOverlap == overlap, "\(model.text)")
        }
    }

    /// The parser's rule on the tree against the definition, where every party builds.
    @Test func contradictableEqualsBruteForce() {
        var generator = SeededGenerator(seed: 21)
        var refused = 0
        for _ in 0..<2_000 {
            let model = TreeModel(
                parties: 2...8, voices: [.builds], built: false, rootMarked: false, using: &generator)
            let sets = model.meetingSets()
            let canBeContradicted = sets.contains { first in sets.contains { first & $0 == 0 } }
            do {
                _ = try Policy.parse(model.text)
                #expect(!canBeContradicted, "\(model.text)")
            } catch {
                refused += 1
                #expect(error.code == .contradictable)
                #expect(canBeContradicted, "\(model.text)")
            }
        }
        #expect((200...1_800).contains(refused))
    }

    /// With vouchers the rule never lets a quorum pass that two disjoint sets can meet; it may refuse one more.
    @Test func theRuleIsSafeWithVouchers() throws {
        var generator = SeededGenerator(seed: 22)
        for _ in 0..<1_000 {
            let model = TreeModel(parties: 2...7, rootMarked: false, using: &generator)
            guard let policy = try? Policy.parse(model.text) else { continue }
            #expect(policy.strength(of: .nix)?.smallestOverlap != 0, "\(model.text)")
        }
    }

    @Test func explainsTheExample() throws {
        let policy = try Policy.parse(DesignExample.text)
        #expect(
            policy.explanation() == [
                "policy guix-two-farms",
                "nix: 2 of these 2 parties; a forgery needs 2 liars; "
                    + "two contradicting quorums need 2 (parties that state both)",
                "  nixers: all of nixos, alice",
                "  alice is one voter with the keys desk, laptop",
                "guix: 2 of these 3 parties; a forgery needs 2 liars; "
                    + "two contradicting quorums need 1 (a party that states both)",
                "  farms: 2 of ci, bordeaux, alice",
                "  alice is one voter with the keys desk, laptop",
                "debian: no quorum; accepts nothing but what is self-verifying",
            ])
        #expect(policy.warnings().isEmpty)
        #expect(policy.requirement(of: .guix) == "2 of ci, bordeaux, alice")
        #expect(policy.requirement(of: .debian) == nil)
        #expect(Policy.empty.explanation().count == 3)
    }

    @Test func explainsVouchersExceptionsAndNesting() throws {
        let cache = { (name: String, number: Int, end: String) in
            "cache \(name) nix \(Samples.nixKey(name, number)) https://x.example\(end)\n"
        }
        let text =
            cache("v", 1, "") + cache("w", 2, "") + cache("x", 3, " builds") + cache("y", 4, " builds")
            + "group inner 2 x y\ngroup outer 2 v w inner\nquorum nix outer\n"
            + "except hello-* 1 until 2027-01-01T00:00:00Z \"a date in it\"\n"
        let policy = try Policy.parse(text)
        #expect(
            policy.explanation(now: Timestamp(rfc3339: "2027-01-01T00:00:00Z")) == [
                "nix: 2 of these 3 members with 4 parties in all; a forgery needs 3 liars; "
                    + "two contradicting quorums need 2 (parties that state both)",
                "  outer: 2 of v, w, (all of x, y)",
                "  v, w only vouch: each may have copied the others, so they share one vote",
                "guix: no quorum; accepts nothing but what is self-verifying",
                "debian: no quorum; accepts nothing but what is self-verifying",
                "except hello-* for nix: 1 instead of 2; has expired since 2027-01-01T00:00:00Z: a date in it; "
                    + "a forgery needs 1 liar; two contradicting quorums need 0 (no party has to state both)",
            ])
    }

    @Test(
        arguments: [
            ("group g 2 v w\nquorum nix g\n", 7, "can never be met"),
            ("group g 2 built v x\nquorum nix g\n", 7, "v only vouches, so it never counts in the group g"),
            ("quorum nix x\n", 6, "one party alone meets the quorum for nix"),
            ("group g 1 contradictable x y\nquorum nix g\n", 7, "although nobody states both"),
            ("group g 2 x y z\nquorum nix g\n", 7, "z never speaks for nix"),
            ("group g 2 x y\n", 6, "the group g is in no quorum"),
            ("group g 2 x y\nquorum nix g\n", 1, "v is in no quorum"),
            (
                "group g 2 x y\nquorum nix g\nwitness k \(Samples.verifierKey("k", 61, type: 4))\n", 8,
                "so all are: add quorum NAME"
            ),
            ("log \(Samples.verifierKey("l", 60))\n", 6, "no witness cosigns the logs"),
            ("revoke key nix \(Samples.nixKey("x", 3))\n", 3, "x has a revoked key"),
            ("\(PolicyRefusalTests.signer)\n", 6, "s signs nothing"),
        ])
    func warns(lines: String, line: Int, words: String) throws {
        let prelude =
            [("v", 1, ""), ("w", 2, ""), ("x", 3, " builds"), ("y", 4, " builds")]
            .map { "cache \($0.0) nix \(Samples.nixKey($0.0, $0.1)) https://x.example\($0.2)\n" }.joined()
            + "cache z guix \(Samples.guixKey(5)) https://x.example\n"
        let warnings = try Policy.parse(prelude + lines).warnings()
        #expect(warnings.contains { $0.line == line && $0.message.contains(words) }, "\(warnings)")
    }

    @Test func warnsOfWitnessesThatCanBeContradicted() throws {
        let text =
            "witness a \(Samples.verifierKey("a", 1, type: 4))\nwitness b \(Samples.verifierKey("b", 2, type: 4))\n"
            + "group ws any a b\nquorum ws\n"
        #expect(try Policy.parse(text).warnings().map(\.line) == [3])
        let marked = text.replacing("any a", with: "any contradictable a")
        #expect(try Policy.parse(marked).warnings().isEmpty)
    }
}
