import Attestations
import Foundation
import Quorum
import StoreFormats
import Testing

/// What our statements are to programs that know JSON and in-toto, and to ourselves.
@Suite struct StatementTests {
    static func statements() throws -> [AttestedStatement] {
        let big = try Sample.output("dev", number: 4, references: 200)
        return [
            .provenance(try Sample.provenance()),
            .provenance(try Sample.provenance(inputs: Sample.digest(0x1D), in: .gnu)),
            .provenance(
                try Sample.provenance(outputs: [big, Sample.output(references: 0), Sample.output("doc", number: 7)])),
            .failure(try Sample.failure()),
            .failure(try Sample.failure(reason: "forbidden references", inputs: Sample.digest(0x1D))),
            .debian(try Sample.debian()),
            .debian(try Sample.debian(version: "2.10-3", fileVersion: "2.10-3", hasSource: false)),
        ]
    }

    @Test(arguments: 0..<7) func aStatementIsCanonicalJSONThatReadsBack(index: Int) throws {
        let signer = try Sample.signer()
        let statement = try Self.statements()[index]
        let payload = statement.payload(builderID: signer.key.builderID)
        #expect(CanonicalJSON.encode(try CanonicalJSON.parse(payload)) == payload)
        let again = try AttestedStatement(payload, builderID: signer.key.builderID)
        #expect(again.payload(builderID: signer.key.builderID) == payload)
        // Somebody else's reader finds the subjects by their digests.
        let foreign = try ForeignStatement(parsing: payload)
        #expect(foreign.subjects.allSatisfy { $0.digests["sha256"]?.count == 64 })
    }

    @Test func theTextIsTheDocumentedOne() throws {
        let signer = try Sample.signer()
        let key = signer.key.builderID
        let drv = try Sample.derivation().path
        let digest = try Sample.digest(0xDD).hex
        let out = try Sample.path(2, "hello-2.12.1").path
        let first = try Sample.path(100, "lib-0").path
        let second = try Sample.path(101, "lib-1").path
        let expected =
            #"{"_type":"https://in-toto.io/Statement/v1","predicate":{"buildDefinition":{"buildType":"#
            + #""tag:quorate,2026:build/store-path/v1","externalParameters":{"derivation":"\#(drv)","outputs":["out"],"#
            + #""system":"x86_64-linux"},"internalParameters":{"inputsDigest":"\#(try Sample.digest(0x1D).hex)"},"#
            + #""resolvedDependencies":[{"digest":{"sha256":"\#(digest)"},"name":"\#(drv)"}]},"runDetails":{"builder":"#
            + #"{"id":"\#(key)"},"metadata":{"startedOn":"2026-01-01T00:00:00Z"}}},"#
            + #""predicateType":"https://slsa.dev/provenance/v1","subject":[{"annotations":{"narSize":226560,"#
            + #""outputName":"out","references":["\#(first)","\#(second)"]},"digest":{"sha256":"#
            + #""\#(try Sample.digest(2).hex)"},"mediaType":"application/x-nix-nar","name":"\#(out)"}]}"#
        let payload = try Sample.provenance(inputs: Sample.digest(0x1D)).payload(builderID: key)
        #expect(String(decoding: payload, as: UTF8.self) == expected)
    }

    @Test func claimsSayWhatWasBuilt() throws {
        let signer = try Sample.signer()
        let reader = AttestationReader(keys: [signer.key.identity])
        let inputs = try Sample.digest(0x1D)
        let signed = try Sample.provenance(inputs: inputs).sign(by: signer)
        #expect(signed.references.isEmpty && signed.inputs == inputs)
        let attestation = try #require(try reader.read(signed.leaf))
        #expect(attestation.evidence == signed.leafDigest && attestation.startedOn == Sample.time)
        let log = try Sample.signer(7).key.identity
        let claims = try attestation.claims(log: log, source: "log.example/3", observedAt: Sample.time)
        let references = try [Sample.path(100, "lib-0").path, Sample.path(101, "lib-1").path]
        let outcome = StorePathOutcome(narHash: try Sample.digest(2), narSize: 226_560, references: references)
        #expect(
            claims == [
                Claim(
                    subject: .storePath(try Sample.path(2, "hello-2.12.1").path), key: signer.key.identity,
                    statement: .outcome(.storePath(outcome)), form: .logEntry, source: "log.example/3",
                    observedAt: Sample.time, inputs: inputs, evidence: signed.leafDigest, log: log)
            ])
    }

    @Test func aLongListStandsBesideTheLeaf() throws {
        let signer = try Sample.signer()
        let reader = AttestationReader(keys: [signer.key.identity])
        for count in [128, 129, 3000] {
            let output = try Sample.output(references: count)
            let signed = try Sample.provenance(outputs: [output]).sign(by: signer)
            let attestation = try #require(try reader.read(signed.leaf))
            #expect(signed.references.count == (count == 128 ? 0 : 1))
            #expect(attestation.referencesNeeded == signed.references.map(\.digest))
            let log = signer.key.identity
            if let list = signed.references.first {
                #expect(throws: AttestationError(.references, "")) {
                    try attestation.claims(log: log, source: "", observedAt: Sample.time)
                }
                let other = try ReferenceList(Array(list.paths.dropLast()))
                #expect(throws: AttestationError(.references, "")) {
                    try attestation.claims(
                        log: log, source: "", observedAt: Sample.time, references: [list.digest: other])
                }
                #expect(throws: AttestationError(.references, "")) {
                    try ReferenceList(parsing: other.bytes, digest: list.digest, count: list.count)
                }
            }
            let lists = try signed.references.map {
                try ReferenceList(parsing: $0.bytes, digest: $0.digest, count: $0.count)
            }
            let claims = try attestation.claims(
                log: log, source: "", observedAt: Sample.time,
                references: Dictionary(lists.map { ($0.digest, $0) }, uniquingKeysWith: { first, _ in first }))
            #expect(claims.count == 1)
            guard case .outcome(let outcome) = claims[0].statement else { throw Unexpected() }
            #expect(outcome.references == output.references.paths.map(\.path))
        }
    }

    /// References that are few but long stand beside as well, from the output on at which there is no more room.
    @Test func longPathsStandBesideTheLeaf() throws {
        let signer = try Sample.signer()
        func output(_ name: String, _ number: Int, _ count: Int) throws -> BuiltOutput {
            let long = String(repeating: "a", count: 200)
            let plain = try Sample.output(name, number: number)
            return BuiltOutput(
                name: name, path: plain.path, narHash: plain.narHash, narSize: 1,
                references: try ReferenceList((0..<count).map { try Sample.path(500 + $0, long) }))
        }
        // 245 bytes a line: 33 fit, and 30 and 4 do not.
        for (counts, beside) in [([33], 0), ([34], 1), ([30, 4], 1), ([30, 3], 0), ([34, 33], 1)] {
            let outputs = try zip(["out", "dev"], counts).enumerated().map { try output($1.0, 2 + $0, $1.1) }
            let signed = try Sample.provenance(outputs: outputs).sign(by: signer)
            #expect(signed.references.count == beside, "\(counts)")
            let attestation = try #require(try AttestationReader(keys: [signer.key.identity]).read(signed.leaf))
            #expect(attestation.referencesNeeded.count == beside)
        }
    }

    private struct Unexpected: Error {}

    @Test func failuresAreClaimsAndNoOutcomes() throws {
        let signer = try Sample.signer()
        let signed = try Sample.failure().sign(by: signer)
        let attestation = try #require(try AttestationReader(keys: [signer.key.identity]).read(signed.leaf))
        let claims = try attestation.claims(log: nil, source: "", observedAt: Sample.time)
        #expect(claims.map(\.statement) == [.failed, .failed])
        #expect(claims.map(\.subject.packageName) == ["hello-2.12.1", "hello-2.12.1-doc"])
        #expect(attestation.claims[0].finding == .failed(reason: "exit 1"))
    }

    @Test func debianClaimsNameAllFour() throws {
        let signer = try Sample.signer()
        let signed = try Sample.debian().sign(by: signer)
        let attestation = try #require(try AttestationReader(keys: [signer.key.identity]).read(signed.leaf))
        let claims = try attestation.claims(log: nil, source: "", observedAt: Sample.time)
        #expect(claims.count == 2)
        #expect(
            claims[1].subject
                == .debian(
                    DebianArtifact(
                        fileName: "hello_2.10+dfsg-3~bpo1_amd64.deb", package: "hello", version: "1:2.10+dfsg-3~bpo1",
                        architecture: "amd64")))
        #expect(claims[1].statement == .outcome(.file(sha256: try Sample.digest(1))))
        #expect(
            String(decoding: try Envelope(parsing: signed.leaf).payload, as: UTF8.self).contains(
                "pkg:deb/debian/hello@1:2.10%2Bdfsg-3~bpo1?arch=amd64&distro=debian-12"))
    }

    @Test func whatCannotBeSaidIsRefused() throws {
        let derivation = try Sample.derivation()
        let time = Sample.time
        func refuses(_ code: AttestationError.Code, _ body: () throws -> Void) {
            #expect(throws: AttestationError(code, ""), performing: body)
        }
        refuses(.statement) {
            _ = try BuiltDerivation(path: Sample.path(1, "hello"), sha256: Sample.digest(1), system: "x")
        }
        refuses(.statement) {
            _ = try BuiltDerivation(path: Sample.path(1, "a.drv"), sha256: Sample.digest(1), system: "my host!")
        }
        refuses(.statement) {
            let elsewhere = try StoreDirectory("/home/alice/store")
            _ = try BuiltDerivation(path: Sample.path(1, "a.drv", in: elsewhere), sha256: Sample.digest(1), system: "x")
        }
        refuses(.limit) { _ = try Sample.provenance(outputs: []) }
        refuses(.statement) { _ = try Sample.provenance(outputs: [Sample.output(), Sample.output()]) }
        refuses(.statement) { _ = try Sample.provenance(outputs: [Sample.output(), Sample.output(number: 3)]) }
        refuses(.statement) { _ = try Sample.provenance(outputs: [Sample.output(in: .gnu)]) }
        refuses(.statement) {
            let output = BuiltOutput(
                name: "out", path: try Sample.path(2, "evil-1.0"), narHash: try Sample.narHash(1), narSize: 1,
                references: try ReferenceList([]))
            _ = try Sample.provenance(outputs: [output])
        }
        refuses(.limit) {
            let output = BuiltOutput(
                name: "out", path: try Sample.path(2, "hello-2.12.1"), narHash: try Sample.narHash(1),
                narSize: 1 << 53, references: try ReferenceList([]))
            _ = try Sample.provenance(outputs: [output])
        }
        refuses(.limit) {
            _ = try Sample.provenance(outputs: (0..<33).map { try Sample.output("o\($0)", number: 10 + $0) })
        }
        refuses(.statement) {
            _ = try ProvenanceStatement(
                derivation: derivation, outputs: [Sample.output()], inputs: nil,
                startedOn: Timestamp(secondsSince1970: 1 << 50))
        }
        refuses(.statement) { _ = try Sample.failure(reason: "my dog ate it") }
        refuses(.statement) {
            _ = try FailureStatement(
                derivation: derivation, paths: [Sample.path(2, "evil")], reason: "exit 1", inputs: nil, startedOn: time)
        }
        refuses(.limit) {
            _ = try FailureStatement(derivation: derivation, paths: [], reason: "exit 1", inputs: nil, startedOn: time)
        }
        refuses(.statement) { _ = try Sample.debian(fileVersion: "9.9-9") }
        refuses(.statement) { _ = try Sample.debian(version: "1 2", fileVersion: "1 2") }
    }

    @Test func reasonsAreThoseOfBuildRecords() {
        for reason in ["exit 0", "exit 255", "signal 9", "timeout", "hash mismatch", "cannot execute"] {
            #expect(FailureReason.isReason(reason), "\(reason)")
        }
        for reason in [
            "", "exit", "exit 256", "exit -1", "exit 01", "exit  1", "signal 0", "signal 65", "Timeout", "é",
        ] {
            #expect(!FailureReason.isReason(reason), "\(reason)")
        }
    }
}
