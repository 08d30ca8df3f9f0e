import Attestations
import Foundation
import Proofs
import Quorum
import StoreFormats
import Testing
import TransparencyLog

@Suite struct ProofVerifierTests {
    @Test func twoBuildersAreEnough() throws {
        let world = try World()
        let report = try world.verify([world.evidence(by: 0), world.evidence(by: 1)])
        #expect(report.verdict.status.word == "quorate" && report.isAccepted && report.isUnderSamePolicy)
        #expect(report.reproducedBy == ["alice", "bob"] && report.isReproduced)
        #expect(report.evidence.allSatisfy { $0.checkpointTime == .at(Timestamp(secondsSince1970: 1_799_900_000)) })
        #expect(report.reliedOn.count == 2 && report.notCounted.isEmpty)
        #expect(
            report.reliedOn[0].contains(
                "alice built it: log alice.example/log, entry 3 of 11, seen by w1, w0, at 2027-"))
        #expect(report.reliedOn[0].contains("1 day before"))
        #expect(report.cannotShow.contains { $0.contains("revoked") })
        #expect(report.contents == .notGiven)
    }

    @Test func oneIsNot() throws {
        let world = try World()
        let report = try world.verify([world.evidence(by: 0)])
        #expect(report.verdict.status == .short && !report.isAccepted && report.reproducedBy.isEmpty)
        #expect(report.summary == nil)
        // The same builder twice, from another place in the log.
        let leaf = try world.attestation(by: 0).leaf
        let twice = try world.verify([
            .log(world.proof(of: leaf, in: 0)), .log(world.proof(of: leaf, in: 0, index: 5)),
        ])
        #expect(!twice.isAccepted)
    }

    @Test func aCacheThatVouchesIsAVoteAndNoReproduction() throws {
        let world = try World()
        let text = world.policyText(members: "alice bob carol depot")
        let report = try ProofVerifier(
            policy: world.policy(world.policyText(threshold: "3", members: "alice bob carol depot")),
            context: TallyContext(now: World.now)
        ).verify(world.container([world.evidence(by: 0), world.evidence(by: 1), .cache(world.cacheEvidence())]))
        #expect(report.isAccepted && report.reproducedBy.isEmpty && !report.isReproduced)
        #expect(report.cannotShow.contains { $0.contains("cache.example-1") })
        #expect(VerificationSummary.level(of: .passed) == "QUORATE_AGREED")
        let summary = String(decoding: try #require(report.summary).payload(verifierID: "did:key:z"), as: UTF8.self)
        #expect(summary.contains(#""verifiedLevels":["QUORATE_AGREED"]"#))
        #expect(!report.isUnderSamePolicy)
        _ = text
    }

    @Test func aSummarySaysReproducedOnlyForBuilds() throws {
        let world = try World()
        let report = try world.verify([world.evidence(by: 0), world.evidence(by: 1), .cache(world.cacheEvidence())])
        let payload = try #require(report.summary).payload(verifierID: "did:key:z")
        let text = String(decoding: payload, as: UTF8.self)
        #expect(text.contains(#""verifiedLevels":["SLSA_BUILD_REPRODUCED"]"#))
        #expect(text.contains("alice.example/log/proof/3"))
        let other = try world.verify(
            [world.evidence(by: 0), world.evidence(by: 1)],
            contents: .nar(hash: World.narHash(9), size: 1000))
        let failed = String(decoding: try #require(other.summary).payload(verifierID: "did:key:z"), as: UTF8.self)
        #expect(failed.contains(#""verificationResult":"FAILED","verifiedLevels":["FAILED"]"#))
    }

    @Test func contentsInHandAreCompared() throws {
        let world = try World()
        let evidence = try [world.evidence(by: 0), world.evidence(by: 1)]
        let cases: [(ProofContents, ProofReport.Contents)] = try [
            (.nar(hash: World.narHash(7), size: 1000), .agree), (.nar(hash: World.narHash(7), size: 1001), .differ),
            (.nar(hash: World.narHash(8), size: 1000), .differ),
            (.file(sha256: #require(Digest256(World.narHash(7).bytes))), .differ),
        ]
        for (contents, expected) in cases {
            let report = try world.verify(evidence, contents: contents)
            #expect(report.contents == expected && report.isAccepted == (expected == .agree))
        }
        let short = try world.verify([evidence[0]], contents: .nar(hash: World.narHash(7), size: 1000))
        #expect(short.contents == .nothingAgreed && !short.isAccepted)
    }

    @Test func aLongListIsTakenFromTheFile() throws {
        let world = try World()
        let one = try world.attestation(by: 0, references: 200)
        let two = try world.attestation(by: 1, references: 200)
        let evidence = try [
            ProofEvidence.log(world.proof(of: one.leaf, in: 0)), .log(world.proof(of: two.leaf, in: 1)),
        ]
        let report = try world.verify(evidence, references: one.references)
        #expect(report.isAccepted && report.verdict.agreed?.references.count == 200)
        let without = try world.verify(evidence)
        #expect(!without.isAccepted && without.evidence.allSatisfy { $0.refusal.contains("is missing") })
    }

    // MARK: - Adversaries

    @Test func aProofOfAnotherLogIsNotBelieved() throws {
        let world = try World()
        let leaf = try world.attestation(by: 1).leaf
        // Bob's leaf in Alice's log: the policy does not say that Alice's log speaks for Bob.
        let elsewhere = try world.verify([world.evidence(by: 0), .log(world.proof(of: leaf, in: 0))])
        #expect(!elsewhere.isAccepted && elsewhere.notCounted.contains { $0.contains("not one that the policy names") })
        // A log of Bob's name under another key.
        let forged = try NoteSigner(name: "bob.example/log", kind: .ed25519, seed: [UInt8](repeating: 77, count: 32))
        let signed = try world.verify([world.evidence(by: 0), .log(world.proof(of: leaf, in: 1, log: forged))])
        #expect(!signed.isAccepted && signed.evidence.contains { !$0.refusal.isEmpty })
        let unknown = try NoteSigner(name: "dave.example/log", kind: .ed25519, seed: [UInt8](repeating: 78, count: 32))
        let other = try world.verify([world.evidence(by: 0), .log(world.proof(of: leaf, in: 1, log: unknown))])
        #expect(!other.isAccepted && other.evidence.contains { $0.refusal.contains("no log with the origin") })
    }

    @Test func aProofThatDoesNotFitIsNotBelieved() throws {
        let world = try World()
        let good = try world.proof(of: world.attestation(by: 1).leaf, in: 1)
        let smaller = try world.proof(of: world.attestation(by: 1).leaf, in: 1, size: 7)
        let lie = try world.attestation(by: 1, hash: 9).leaf
        let failed = try [
            TlogProof(extra: good.extra, index: 4, hashes: good.hashes, checkpoint: good.checkpoint),
            TlogProof(extra: good.extra, index: 3, hashes: Array(good.hashes.dropLast()), checkpoint: good.checkpoint),
            TlogProof(extra: good.extra, index: 3, hashes: good.hashes + [good.hashes[0]], checkpoint: good.checkpoint),
            TlogProof(extra: good.extra, index: 3, hashes: good.hashes, checkpoint: smaller.checkpoint),
            TlogProof(extra: lie, index: 3, hashes: good.hashes, checkpoint: good.checkpoint),
            TlogProof(extra: nil, index: 3, hashes: good.hashes, checkpoint: good.checkpoint),
        ]
        for proof in failed {
            let report = try world.verify([world.evidence(by: 0), .log(proof)])
            #expect(!report.isAccepted && report.evidence.contains { !$0.refusal.isEmpty })
        }
        #expect(try world.verify([world.evidence(by: 0), .log(good)]).isAccepted)
    }

    @Test func withoutEnoughWitnessesNothingIsBelieved() throws {
        let world = try World()
        let leaf = try world.attestation(by: 1).leaf
        for times: [UInt64?] in [[nil, nil], [1_799_900_000, nil], [nil, 1_799_900_000]] {
            let report = try world.verify([world.evidence(by: 0), .log(world.proof(of: leaf, in: 1, times: times))])
            #expect(!report.isAccepted && report.evidence.contains { $0.refusal.contains("witnesses") })
        }
        // One of two is enough for this policy; none for that.
        let one = try world.proof(of: leaf, in: 1, times: [nil, 1_799_900_000])
        #expect(
            try world.verify([world.evidence(by: 0), .log(one)], policy: world.policyText(witnesses: 1)).isAccepted)
        let none = try world.verify(
            [world.evidence(by: 0), .log(world.proof(of: leaf, in: 1, times: [nil, nil]))],
            policy: world.policyText(witnesses: 0))
        #expect(none.isAccepted && none.cannotShow.contains { $0.contains("bob.example/log") })
    }

    @Test func aForgedWitnessLineSpoilsTheCheckpoint() throws {
        let world = try World()
        let good = try world.proof(of: world.attestation(by: 1).leaf, in: 1)
        let other = try world.proof(of: world.attestation(by: 1).leaf, in: 1, size: 7)
        let swapped = try SignedNote(
            text: good.checkpoint.text,
            signatures: Array(good.checkpoint.signatures.dropLast()) + [other.checkpoint.signatures[2]])
        let proof = try TlogProof(extra: good.extra, index: 3, hashes: good.hashes, checkpoint: swapped)
        #expect(try !world.verify([world.evidence(by: 0), .log(proof)]).isAccepted)
    }

    @Test func evidenceFromAfterTheMomentDoesNotCount() throws {
        let world = try World()
        let evidence = try [world.evidence(by: 0), world.evidence(by: 1)]
        let before = Timestamp(secondsSince1970: 1_799_800_000)
        #expect(try !world.verify(evidence, at: before).isAccepted)
        // Clocks of witnesses may be five minutes ahead, and not more.
        #expect(try world.verify(evidence, at: Timestamp(secondsSince1970: 1_799_950_000 - 300)).isAccepted)
        #expect(try !world.verify(evidence, at: Timestamp(secondsSince1970: 1_799_950_000 - 301)).isAccepted)
        // A witness that lies about the future takes nothing away from those who are enough without it.
        let leaf = try world.attestation(by: 1).leaf
        let future = try world.proof(of: leaf, in: 1, times: [1_799_900_000, 9_000_000_000])
        #expect(
            try world.verify([world.evidence(by: 0), .log(future)], policy: world.policyText(witnesses: 1)).isAccepted)
    }

    @Test func anotherSubjectProvesNothing() throws {
        let world = try World()
        let swapped = try world.attestation(by: 1, name: "other-1.0")
        let report = try world.verify([world.evidence(by: 0), .log(world.proof(of: swapped.leaf, in: 1))])
        #expect(!report.isAccepted && report.evidence.contains { $0.refusal.contains("something else") })
    }

    @Test func dissentIsShownAndTakesNothingAway() throws {
        let world = try World()
        let evidence = try [world.evidence(by: 0), world.evidence(by: 1), world.evidence(by: 2, hash: 9)]
        let report = try world.verify(evidence)
        #expect(report.isAccepted && report.notCounted.contains { $0.contains("states another outcome") })
        // An equivocating builder counts for each of its outcomes and is shown.
        let equivocating = try world.verify(evidence + [world.evidence(by: 1, hash: 9)])
        #expect(equivocating.verdict.status.word == "conflict" && !equivocating.isAccepted)
    }

    @Test func whatTheAskerKnowsCounts() throws {
        let world = try World()
        let container = try world.container([world.evidence(by: 0), world.evidence(by: 1)])
        let policy = try world.policy()
        var context = TallyContext(now: World.now)
        context.revokedKeys = [world.builders[0].signer.key.identity]
        #expect(!ProofVerifier(policy: policy, context: context).verify(container).isAccepted)
        context.revokedKeys = []
        context.forkedLogs = [
            try #require(KeyIdentity(algorithm: .ed25519, bytes: world.builders[1].log.key.publicKey))
        ]
        #expect(!ProofVerifier(policy: policy, context: context).verify(container).isAccepted)
    }

    /// The policy in the file is what its maker used: it has no say.
    @Test func theFilesOwnPolicyDecidesNothing() throws {
        let world = try World()
        let lax = world.policyText(threshold: "any contradictable")
        let container = try ProofContainer(
            subject: World.subject(), policy: Array(lax.utf8), evidence: [world.evidence(by: 0)])
        let report = ProofVerifier(policy: try world.policy(), context: TallyContext(now: World.now)).verify(container)
        #expect(!report.isAccepted && !report.isUnderSamePolicy)
        let empty = ProofVerifier(policy: .empty, context: TallyContext(now: World.now)).verify(
            try world.container([world.evidence(by: 0), world.evidence(by: 1), .cache(world.cacheEvidence())]))
        #expect(!empty.isAccepted && empty.evidence.allSatisfy { !$0.refusal.isEmpty })
    }

    @Test func anExpiredPolicyAcceptsNothing() throws {
        let world = try World()
        let signer = try NoteSigner(name: "anna.example", kind: .ed25519, seed: [UInt8](repeating: 60, count: 32))
        let text =
            "version 1 expires 2027-02-01T00:00:00Z\nsigner anna \(signer.key.text)\nsigned-by anna\n"
            + world.policyText()
        let evidence = try [world.evidence(by: 0), world.evidence(by: 1)]
        let expiry = try #require(Timestamp(rfc3339: "2027-02-01T00:00:00Z"))
        #expect(try world.verify(evidence, policy: text).isAccepted)
        #expect(try !world.verify(evidence, policy: text, at: expiry).isAccepted)
    }

    @Test func aCachesSignatureMustBeItsKeys() throws {
        let world = try World()
        let good = try world.cacheEvidence()
        let swapped = try CacheEvidence(
            parsing: Array(
                String(decoding: good.bytes, as: UTF8.self).replacingOccurrences(of: ";1000;", with: ";1001;").utf8))
        let text = world.policyText(threshold: "all", members: "alice depot")
        #expect(try world.verify([world.evidence(by: 0), .cache(good)], policy: text).isAccepted)
        let report = try world.verify([world.evidence(by: 0), .cache(swapped)], policy: text)
        #expect(!report.isAccepted && report.evidence.contains { $0.refusal.contains("no cache of the policy") })
    }

    @Test func linksCountForDebiansFiles() throws {
        let world = try World()
        let subject = Subject.debian(
            DebianArtifact(fileName: "hello_1_all.deb", package: "hello", version: "1", architecture: "all"))
        let policy = try world.policy(world.policyText() + "quorum debian debs\n")
        let verifier = ProofVerifier(policy: policy, context: TallyContext(now: World.now))
        func report(_ bytes: [UInt8], contents: ProofContents? = nil) throws -> ProofReport {
            verifier.verify(
                try ProofContainer(subject: subject, policy: [], evidence: [.link(bytes)]), contents: contents)
        }
        let digest = try #require(Digest256([UInt8](repeating: 7, count: 32)))
        let good = try report(RebuilderLinkSample.bytes(signer: world.rebuilder), contents: .file(sha256: digest))
        #expect(good.isAccepted && good.reproducedBy.isEmpty && good.cannotShow.contains { $0.contains("rebuilders") })
        #expect(try !report(RebuilderLinkSample.bytes(signer: world.builders[0].signer)).isAccepted)
        #expect(try !report(RebuilderLinkSample.bytes(signer: world.rebuilder, name: "other")).isAccepted)
        #expect(try !world.verify([.link(RebuilderLinkSample.bytes(signer: world.rebuilder))]).isAccepted)
    }

    /// Proofs made by another program: log, witnesses and envelope verify; the statements are not of our types.
    @Test(arguments: ["rebuild_nix.tlog-proof", "rebuild_debian.tlog-proof"])
    func proofsOfAnotherProgramVerifyAndClaimNothing(name: String) throws {
        let proof = try TlogProof(parsing: World.vector(name))
        #expect(proof.bytes == (try World.vector(name)))
        let keys = try #require(
            try JSONSerialization.jsonObject(with: Data(try World.vector("keys.json"))) as? [String: [String: Any]])
        func key(_ name: String) throws -> String { try #require(keys[name]?["vkey"] as? String) }
        let envelope = try Envelope(parsing: try #require(proof.extra))
        let bytes: [UInt8] =
            name.contains("nix")
            ? try Base16.decode("5d493c7794bb4aae448f74dcf41a7c28824fbf039b7e7d4c105847e6934e336f")
            : try Base16.decode("321631ed962c569c2a055251fa9271077e1708b9fc8deb8a6e1322af8b45d477")
        try envelope.verify(with: AttestationKey(bytes: bytes))
        let builder = try NoteKey(name: "b.example", kind: .ed25519, publicKey: bytes)
        let policy = try Policy.parse(
            """
            log \(try key("log.example.org/rebuild/1"))
            witness w1 \(try key("witness.example.org/w1"))
            witness w2 \(try key("witness.example.org/w2"))
            builder b \(builder.text)
            quorum nix b

            """)
        let container = try ProofContainer(subject: World.subject(), policy: [], evidence: [.log(proof)])
        let report = ProofVerifier(policy: policy, context: TallyContext(now: World.now)).verify(container)
        #expect(report.evidence[0].checkpointTime != nil && report.evidence[0].cosigners.count == 2)
        #expect(report.evidence[0].refusal.contains("type of build that is not known"))
        #expect(!report.isAccepted)
    }
}
