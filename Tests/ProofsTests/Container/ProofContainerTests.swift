import Attestations
import Foundation
import Proofs
import Quorum
import StoreFormats
import Testing

@Suite struct ProofContainerTests {
    private static func sample() throws -> ProofContainer {
        let world = try World()
        let long = try world.attestation(by: 2, references: 200)
        return try world.container(
            [
                world.evidence(by: 1), .cache(world.cacheEvidence()), world.evidence(by: 0),
                .log(world.proof(of: long.leaf, in: 2)), world.evidence(by: 1),
                .link(RebuilderLinkSample.bytes(signer: world.rebuilder)),
            ], references: long.references + long.references)
    }

    @Test func aFileReadsBack() throws {
        let container = try Self.sample()
        #expect(container.evidence.count == 5 && container.references.count == 1)
        let again = try ProofContainer(parsing: container.bytes)
        #expect(again == container)
        let made = try ProofContainer(
            subject: again.subject, policy: again.policy, references: again.references,
            evidence: again.evidence.reversed())
        #expect(made.bytes == container.bytes)
        #expect(
            String(decoding: container.bytes, as: UTF8.self).hasPrefix("quorate/proof/v1\nsubject store-path /nix/"))
    }

    @Test func subjectsOfDebianReadBack() throws {
        let world = try World()
        let subject = Subject.debian(
            DebianArtifact(fileName: "a_1_all.deb", package: "a", version: "1:1", architecture: "all"))
        let container = try ProofContainer(
            subject: subject, policy: Array(world.policyText().utf8),
            evidence: [.link(RebuilderLinkSample.bytes(signer: world.rebuilder))])
        #expect(try ProofContainer(parsing: container.bytes).subject == subject)
        let bad = Subject.debian(DebianArtifact(fileName: "a b", package: "a", version: "1", architecture: "all"))
        #expect(throws: ProofError(.container, "")) {
            try ProofContainer(subject: bad, policy: [], evidence: [])
        }
    }

    @Test(arguments: [
        ("quorate/proof/v1\n", "quorate/proof/v2\n"), ("quorate/proof/v1\n", "quorate/proof/v1\r\n"),
        ("subject store-path /nix", "subject  store-path /nix"), ("subject store-path /nix", "subject store-path nix"),
        ("subject store-path", "subject path"), ("-hello-2.12.1\npolicy ", "-hello-2.12.1/bin\npolicy "),
        ("\npolicy ", "\npolicy 0"), ("\npolicy ", "\npolicy +"), ("\npolicy ", "\npolicy -"),
        ("\npolicy ", "\npolicies "),
        ("\npolicy ", "\n\npolicy "), ("\ncache ", "\ncaches "), ("\nend\n", "\nend"), ("\nend\n", "\nend\n\n"),
        ("\nend\n", "\n"), ("\nend\n", "\nEND\n"), ("\nreferences ", "\nlog 1\nx\nreferences "),
        ("1;/nix", "2;/nix"), (";1000;", ";01000;"), ("Sig: ", "Sig:"), ("\nlog ", "\nlog 9"),
    ])
    func whatIsNotTheOneFormIsRefused(part: String, other: String) throws {
        let text = String(decoding: try Self.sample().bytes, as: UTF8.self)
        let range = try #require(text.range(of: part))
        let bytes = Array(text.replacingCharacters(in: range, with: other).utf8)
        #expect(throws: ProofError.self) { try ProofContainer(parsing: bytes) }
    }

    @Test func aFileThatWasCutOffIsRefused() throws {
        let bytes = try Self.sample().bytes
        for count in stride(from: 0, to: bytes.count, by: 37) {
            #expect(throws: ProofError.self) { try ProofContainer(parsing: Array(bytes.prefix(count))) }
        }
    }

    @Test func orderAndRepetitionAreRefused() throws {
        let text = String(decoding: try Self.sample().bytes, as: UTF8.self)
        let start = try #require(text.range(of: "\nlog ")).lowerBound
        let cache = try #require(text.range(of: "\ncache ")).lowerBound
        let link = try #require(text.range(of: "\nlink ")).lowerBound
        let head = text[..<start]
        let logs = text[start..<cache]
        let caches = text[cache..<link]
        let rest = text[link...]
        #expect((try? ProofContainer(parsing: Array((head + logs + caches + rest).utf8))) != nil)
        for other in [
            head + caches + logs + rest, head + logs + caches + caches + rest, head + logs + logs + caches + rest,
        ] {
            #expect(throws: ProofError(.container, "")) { try ProofContainer(parsing: Array(other.utf8)) }
        }
    }

    @Test func limitsHold() throws {
        let huge = [UInt8](repeating: 0x20, count: ProofLimits.fileBytes + 1)
        #expect(throws: ProofError(.limit, "")) { try ProofContainer(parsing: huge) }
        let section =
            "quorate/proof/v1\nsubject store-path /nix/store/00000000000000000000000000000000-a\npolicy 99999999\n"
        #expect(throws: ProofError(.limit, "")) { try ProofContainer(parsing: Array(section.utf8)) }
        let world = try World()
        let many = try (0..<300).map { number in
            ProofEvidence.link(try RebuilderLinkSample.bytes(signer: world.rebuilder, name: "p\(number)"))
        }
        #expect(throws: ProofError(.limit, "")) { try world.container(many) }
    }

    @Test(arguments: ["", "1;a;b;1;\nSig: x\n", "\n\n", "x"]) func rubbishIsNoCacheEvidence(text: String) {
        #expect(throws: ProofError(.evidence, "")) { try CacheEvidence(parsing: Array(text.utf8)) }
    }
}
