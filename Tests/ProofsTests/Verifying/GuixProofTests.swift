import Foundation
import GuixFormats
import Proofs
import Quorum
import StoreFormats
import Testing

/// Proof files about Guix's store.
@Suite struct GuixProofTests {
    @Test(arguments: [["vm", "vm2"], ["vm", "old"], ["old", "oldest"], ["old", "oldest", "vm", "vm2"]])
    func serversThatAgreeAreEnough(servers: [String]) throws {
        let report = try GuixSample.verify(servers.map(GuixSample.evidence), policy: servers)
        #expect(report.verdict.status.word == "quorate" && report.isAccepted, "\(report.notCounted)")
        #expect(report.reliedOn.count == servers.count && report.notCounted.isEmpty)
        #expect(report.reliedOn.allSatisfy { $0.contains("built it: Guix signature of the key ") })
        #expect(report.reliedOn.allSatisfy { $0.utf8.count < 200 })
        let names = report.evidence.compactMap { $0.voter?.leaf }.joined(separator: ", ")
        #expect(report.cannotShow.contains { $0.contains("When these caches signed") && $0.contains(names) })
        // A farm that builds and says so counts as a build, as one of Nix does.
        #expect(Set(report.reproducedBy) == Set(servers))
        #expect(report.summary != nil)
    }

    @Test func oneIsNotNorAreTwoOfOne() throws {
        let evidence = try GuixSample.evidence("vm")
        #expect(try !GuixSample.verify([evidence], policy: ["vm", "vm2"]).isAccepted)
        // The host's name is not signed: the same signature under another is no second voice.
        let text = String(decoding: evidence.bytes, as: UTF8.self)
        let renamed = try GuixCacheEvidence(
            parsing: Array(text.replacingOccurrences(of: "1;vm;", with: "1;vm2;").utf8))
        let report = try GuixSample.verify([evidence, renamed], policy: ["vm", "vm2"])
        #expect(!report.isAccepted && report.evidence.allSatisfy { $0.voter?.leaf == "vm" })
    }

    @Test func contentsInHandAreCompared() throws {
        let evidence = try ["vm", "vm2"].map(GuixSample.evidence)
        let narInfo = evidence[0].narInfo
        let cases: [(ProofContents, ProofReport.Contents)] = try [
            (.nar(hash: narInfo.narHash, size: narInfo.narSize), .agree),
            (.nar(hash: narInfo.narHash, size: narInfo.narSize + 1), .differ),
            (.nar(hash: World.narHash(1), size: narInfo.narSize), .differ),
        ]
        for (contents, expected) in cases {
            let report = try GuixSample.verify(evidence, policy: ["vm", "vm2"], contents: contents)
            #expect(report.contents == expected && report.isAccepted == (expected == .agree))
        }
    }

    /// A bit of any byte, in what is signed and in the signature: no file, or one that convinces nobody.
    @Test(arguments: ["vm2", "old"]) func anyByteThatChangedSpoilsIt(server: String) throws {
        let policy = try GuixSample.policy(["vm", server])
        let verifier = ProofVerifier(policy: policy, context: TallyContext(now: World.now))
        let first = try GuixSample.evidence("vm")
        let bytes = try GuixSample.evidence(server).bytes
        // The host's name is not signed and decides nothing.
        let text = String(decoding: bytes, as: UTF8.self)
        let mark = Array("Signature: 1;".utf8)
        let start = try #require(text.range(of: "Signature: 1;"))
        let host = text.utf8.distance(from: text.startIndex, to: start.upperBound)
        let end = try #require(bytes[host...].firstIndex(of: UInt8(ascii: ";")))
        #expect(bytes[..<host].suffix(mark.count) == mark[...])
        for index in bytes.indices where index < host || index >= end {
            var changed = bytes
            changed[index] ^= index.isMultiple(of: 2) ? 1 : 0x20
            guard let evidence = try? GuixCacheEvidence(parsing: changed) else { continue }
            let container = try GuixSample.container([first, evidence])
            #expect(!verifier.verify(container).isAccepted, "byte \(index)")
        }
    }

    @Test func aKeyThatThePolicyDoesNotNameIsNobodys() throws {
        let report = try GuixSample.verify(["vm", "vm2"].map(GuixSample.evidence), policy: ["vm", "old"])
        #expect(!report.isAccepted && report.evidence.contains { $0.refusal.contains("no Guix cache of the policy") })
        // The point of a Guix key as the Ed25519 key of a Nix cache: another algorithm, another key.
        let key = try GuixSample.evidence("vm").signature.publicKey
        let policy = try Policy.parse(
            "cache vm nix vm:\(Base64.encode(key.identityBytes)) https://vm.example builds\nquorum nix vm\n")
        let nix = try ProofVerifier(policy: policy, context: TallyContext(now: World.now))
            .verify(GuixSample.container([GuixSample.evidence("vm")]))
        #expect(!nix.isAccepted && nix.evidence[0].refusal.contains("no Guix cache"))
    }

    /// One server's signature below what the other signed, and a stranger's in its name.
    @Test func aSignatureOverSomethingElseIsRefused() throws {
        let (one, two) = try (GuixSample.evidence("vm"), GuixSample.evidence("vm2"))
        let larger = String(decoding: one.narInfo.signedPart, as: UTF8.self)
            .replacingOccurrences(of: "NarSize: 14832", with: "NarSize: 14833")
        let moved = try GuixCacheEvidence(parsing: Array("\(larger)Signature: \(one.signature)\n".utf8))
        let report = try GuixSample.verify([moved, two], policy: ["vm", "vm2"])
        #expect(!report.isAccepted && report.evidence.contains { $0.refusal.contains("does not verify") })
        let stranger = try GuixSecretKey.generate().sign(one.narInfo.signedPart, host: "vm")
        let signed = try GuixCacheEvidence(parsing: one.narInfo.signedPart + Array("Signature: \(stranger)\n".utf8))
        #expect(try !GuixSample.verify([signed, two], policy: ["vm", "vm2"]).isAccepted)
    }

    @Test func anotherPathProvesNothing() throws {
        let other = Subject.storePath("/gnu/store/zpqgjbic303ag3ps308ad3mi1rx4g6p2-repro-2.0")
        let report = try GuixSample.verify(
            ["vm", "vm2"].map(GuixSample.evidence), about: other, policy: ["vm", "vm2"])
        #expect(!report.isAccepted && report.evidence.allSatisfy { $0.refusal.contains("something else") })
    }

    @Test func aKeyThatIsRevokedHereDoesNotCount() throws {
        let key = try GuixSample.evidence("vm").signature.publicKey
        var context = TallyContext(now: World.now)
        context.revokedKeys = [try #require(KeyIdentity(algorithm: .ecdsaEd25519, bytes: key.identityBytes))]
        let report = try ProofVerifier(policy: GuixSample.policy(["vm", "vm2"]), context: context)
            .verify(GuixSample.container(["vm", "vm2"].map(GuixSample.evidence)))
        #expect(!report.isAccepted && report.notCounted.contains { $0.contains("revoked") }, "\(report.notCounted)")
    }
}
