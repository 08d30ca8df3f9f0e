import Ledger
import Quorum
import TestSupport
import Testing

struct ClaimSealTests {
    private func record(_ claim: Claim, _ seal: [UInt8]?) -> ClaimRecord {
        ClaimRecord(
            claim: claim, firstSeen: claim.observedAt, lastSeen: claim.observedAt, seal: seal, hasContentAddress: false)
    }

    @Test func holdsForExactlyItsClaim() {
        var random = SeededGenerator(seed: 3)
        let claims = (0..<50).map { _ in ClaimSamples.random(using: &random) }
        for (claim, other) in zip(claims, claims.dropFirst()) {
            let seal = ClaimSamples.seal.seal(claim)
            #expect(ClaimSamples.seal.isValid(record(claim, seal)))
            #expect(!ClaimSamples.seal.isValid(record(other, seal)))
        }
    }

    @Test func coversEveryField() {
        let seal = ClaimSamples.seal.seal(ClaimSamples.new().claim)
        for other in [
            ClaimSamples.new(key: 2), ClaimSamples.new(outcome: 2), ClaimSamples.new(outcome: nil),
            ClaimSamples.new(at: 2), ClaimSamples.new(source: "https://b.example/"), ClaimSamples.new(evidence: [1]),
            ClaimSamples.new(subject: .storePath("/nix/store/0c0l0v6h4h0n5ynmp0rq3h8dkmzy8dzb-hello-2.12.2")),
        ] {
            #expect(!ClaimSamples.seal.isValid(record(other.claim, seal)))
        }
    }

    @Test func needsItsKeyAndAllItsBytes() {
        let claim = ClaimSamples.new().claim
        let seal = ClaimSamples.seal.seal(claim)
        #expect(!ClaimSamples.otherSeal.isValid(record(claim, seal)))
        #expect(!ClaimSamples.seal.isValid(record(claim, nil)))
        #expect(!ClaimSamples.seal.isValid(record(claim, [])))
        #expect(!ClaimSamples.seal.isValid(record(claim, Array(seal.dropLast()))))
        #expect(!ClaimSamples.seal.isValid(record(claim, seal + [0])))
        for place in seal.indices {
            var changed = seal
            changed[place] ^= 1
            #expect(!ClaimSamples.seal.isValid(record(claim, changed)))
        }
    }
}
