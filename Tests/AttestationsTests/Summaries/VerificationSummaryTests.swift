import Attestations
import Quorum
import StoreFormats
import Testing

@Suite struct VerificationSummaryTests {
    @Test(arguments: [
        (VerificationSummary.Result.passed, "PASSED", "QUORATE_AGREED"),
        (.reproduced, "PASSED", "SLSA_BUILD_REPRODUCED"),
        (.failed, "FAILED", "FAILED"),
    ])
    func aSummarySaysWhatWasFound(result: VerificationSummary.Result, word: String, level: String) throws {
        let signer = try Sample.signer()
        let summary = VerificationSummary(
            subject: .storePath(try Sample.path(2, "hello-2.12.1").path), digest: try Sample.digest(1),
            policy: try Sample.digest(2), evidence: [.init(uri: "log.example/log/3", digest: try Sample.digest(3))],
            result: result, verifiedAt: Sample.time)
        let envelope = try summary.sign(by: signer)
        try envelope.verify(with: signer.key)
        let payload = envelope.payload
        #expect(CanonicalJSON.encode(try CanonicalJSON.parse(payload)) == payload)
        let text = String(decoding: payload, as: UTF8.self)
        #expect(text.contains(#""verificationResult":"\#(word)","verifiedLevels":["\#(level)"]"#))
        #expect(text.contains(#""verifier":{"id":"\#(signer.key.builderID)"}"#))
        #expect(text.contains(#""timeVerified":"2026-01-01T00:00:00Z""#))
        let statement = try ForeignStatement(parsing: payload)
        #expect(statement.predicateType == "https://slsa.dev/verification_summary/v1")
        #expect(statement.subjects[0].digests == ["sha256": try Sample.digest(1).hex])
        // It is a statement about claims and not one of them: no log takes it for a build.
        #expect(throws: AttestationError(.statement, "")) {
            try AttestationReader(keys: [signer.key.identity]).read(envelope.bytes)
        }
    }

    @Test func debianPackagesAreNamedByTheirAddress() throws {
        let artifact = DebianArtifact(
            fileName: "libstdc++6_14-1_amd64.deb", package: "libstdc++6", version: "14-1", architecture: "amd64")
        let summary = VerificationSummary(
            subject: .debian(artifact), digest: try Sample.digest(1), policy: try Sample.digest(2), evidence: [],
            result: .passed, verifiedAt: Sample.time)
        let text = String(decoding: summary.payload(verifierID: "did:key:z"), as: UTF8.self)
        #expect(text.contains(#""resourceUri":"pkg:deb/debian/libstdc%2B%2B6@14-1?arch=amd64""#))
    }
}
