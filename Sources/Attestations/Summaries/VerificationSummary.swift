package import Quorum
internal import StoreFormats

/// "I checked this against that policy": a SLSA verification summary
/// (<https://slsa.dev/spec/v1.2/verification_summary>) in an in-toto statement.
package struct VerificationSummary: Sendable {
    /// What the verdict rested on.
    package struct Evidence: Hashable, Sendable {
        /// Where it was found: a log and an index, a cache, an instance.
        package let uri: String
        /// The SHA-256 of its bytes.
        package let digest: Digest256

        package init(uri: String, digest: Digest256) {
            self.uri = uri
            self.digest = digest
        }
    }

    /// How the check ended.
    package enum Result: Hashable, Sendable {
        /// The policy accepts it.
        case passed
        /// It does, and two or more independent parties who built it are enough for that.
        case reproduced
        /// It does not.
        case failed
    }

    /// SLSA's word for "reproduced by two or more independent builders".
    package static let reproducedLevel = "SLSA_BUILD_REPRODUCED"
    /// Ours for "the policy's quorum agrees"; names of SLSA's kind are SLSA's.
    package static let agreedLevel = "QUORATE_AGREED"

    /// The level that a result stands for.
    package static func level(of result: Result) -> String {
        switch result {
        case .passed: agreedLevel
        case .reproduced: reproducedLevel
        case .failed: "FAILED"
        }
    }

    private static let statementType = "https://in-toto.io/Statement/v1"
    private static let predicateType = "https://slsa.dev/verification_summary/v1"

    let subject: Subject
    let digest: Digest256
    let policy: Digest256
    let evidence: [Evidence]
    let result: Result
    let verifiedAt: Timestamp

    /// What is said, to be signed.
    ///
    /// - Parameters:
    ///   - subject: What was checked.
    ///   - digest: The SHA-256 of its NAR, or of the file.
    ///   - policy: The SHA-256 of the policy's text.
    ///   - evidence: What the verdict rests on.
    ///   - result: How the check ended.
    ///   - verifiedAt: The moment it was checked for.
    package init(
        subject: Subject, digest: Digest256, policy: Digest256, evidence: [Evidence], result: Result,
        verifiedAt: Timestamp
    ) {
        self.subject = subject
        self.digest = digest
        self.policy = policy
        self.evidence = evidence
        self.result = result
        self.verifiedAt = verifiedAt
    }

    /// The payload, in canonical JSON.
    package func payload(verifierID: String) -> [UInt8] {
        func sha256(_ digest: Digest256) -> JSONValue { .object([.init("sha256", .string(digest.hex))]) }
        let predicate = JSONValue.object([
            .init("verifier", .object([.init("id", .string(verifierID))])),
            .init("timeVerified", .string(verifiedAt.description)),
            .init("resourceUri", .string(resource)),
            .init("policy", .object([.init("digest", sha256(policy))])),
            .init(
                "inputAttestations",
                .array(
                    evidence.map {
                        .object([.init("uri", .string($0.uri)), .init("digest", sha256($0.digest))])
                    })),
            .init("verificationResult", .string(result == .failed ? "FAILED" : "PASSED")),
            .init("verifiedLevels", .array([.string(Self.level(of: result))])),
            .init("slsaVersion", .string("1.2")),
        ])
        return CanonicalJSON.encode(
            .object([
                .init("_type", .string(Self.statementType)),
                .init(
                    "subject",
                    .array([
                        .object([.init("name", .string(subject.description)), .init("digest", sha256(digest))])
                    ])),
                .init("predicateType", .string(Self.predicateType)),
                .init("predicate", predicate),
            ]))
    }

    /// The summary as an envelope in the form of a log's leaf, which may go to files as well.
    ///
    /// - Throws: ``AttestationError/Code/limit``, ``AttestationError/Code/key``.
    package func sign(by signer: AttestationSigner) throws(AttestationError) -> Envelope {
        try Envelope(signing: payload(verifierID: signer.key.builderID), by: signer)
    }

    private var resource: String {
        switch subject {
        case .storePath(let path): "file://\(path)"
        case .debian(let artifact): PackageLocator(artifact: artifact, distribution: "").description
        }
    }
}
