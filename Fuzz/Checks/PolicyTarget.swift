internal import Quorum

extension FuzzTarget {
    /// The file that says whose word counts.
    static let policyTarget = FuzzTarget("policy", checkPolicy)

    /// Demands that a policy which a program wrote is one.
    static func checkWritten(policy text: String) throws(BrokenPromise) {
        let policy = try succeed("the policy that was written") { try Policy.parse(text) }
        try checkMeaning(of: policy)
    }
}

private func checkPolicy(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    guard let policy = try? Policy.parse(utf8: input) else { return .refused }
    try promise(policy.text.utf8.elementsEqual(input), "the policy keeps another text than it was read from")
    let again = try succeed("the policy's own text") { try Policy.parse(policy.text) }
    try promise(again.explanation() == policy.explanation(), "the policy's own text means something else")
    try checkMeaning(of: policy)
    return .accepted
}

/// Explains a policy and tallies under it: silence accepts nothing, and voices that all say the same never disagree.
private func checkMeaning(of policy: Policy) throws(BrokenPromise) {
    let now = Timestamp(secondsSince1970: 1_800_000_000)
    try promise(!policy.explanation(now: now).isEmpty, "the policy has no explanation")
    _ = policy.warnings(now: now)
    let context = TallyContext(now: now)
    for subject in subjects {
        let silence = tally(subject, claims: [], policy: policy, context: context)
        try promise(!silence.status.isAccepting, "silence is accepted as \(silence.status.word)")
        let claims = claims(about: subject, under: policy)
        let verdict = tally(subject, claims: claims, policy: policy, context: context)
        try promise(verdict.support.count <= 1, "claims that agree support \(verdict.support.count) outcomes")
        try promise(
            ["quorate", "short", "unclaimed"].contains(verdict.status.word),
            "claims that agree are \(verdict.status.word)")
        let backwards = tally(subject, claims: claims.reversed(), policy: policy, context: context)
        try promise(backwards == verdict, "the order of claims changes the verdict")
        guard let strength = policy.strength(of: subject.scope), verdict.exception == nil else { continue }
        if let fewest = strength.fewestParties {
            try promise(fewest <= strength.parties, "a forgery needs more parties than there are")
        }
        try promise(strength.smallestOverlap ?? 0 <= strength.parties, "two quorums share more parties than there are")
    }
}

private let subjects = [
    Subject.storePath("/nix/store/0c0l0v6h4h0n5ynmp0rq3h8dkmzy8dzb-hello-2.12.1"),
    Subject.storePath("/gnu/store/0c0l0v6h4h0n5ynmp0rq3h8dkmzy8dzb-hello-2.12.1"),
    Subject.debian(
        DebianArtifact(
            fileName: "hello_2.10-3_amd64.deb", package: "hello", version: "2.10-3", architecture: "amd64")),
]

/// One claim of every key that the policy names, all with the same outcome.
private func claims(about subject: Subject, under policy: Policy) -> [Claim] {
    guard let digest = Digest256([UInt8](repeating: 7, count: 32)) else { return [] }
    let outcome =
        subject.scope == .debian
        ? Outcome.file(sha256: digest)
        : .storePath(StorePathOutcome(narHash: digest, narSize: 96, references: []))
    let voices =
        policy.caches.map { ($0.key.identity, ClaimForm.cacheSignature) }
        + policy.builders.map { ($0.key.identity, .logEntry) }
        + policy.rebuilders.map { ($0.key.identity, .rebuilderLink) }
    return voices.map { key, form in
        Claim(
            subject: subject, key: key, statement: .outcome(outcome), form: form, source: "https://source.example",
            observedAt: Timestamp(secondsSince1970: 1_700_000_000), inputs: nil, evidence: digest, log: nil)
    }
}
