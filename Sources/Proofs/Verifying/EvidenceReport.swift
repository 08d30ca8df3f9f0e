package import Quorum

/// What became of one piece of evidence.
package struct EvidenceReport: Hashable, Sendable {
    /// Where it is from.
    package enum Source: Hashable, Sendable {
        /// A log: its origin, and the entry's index.
        case log(origin: String, index: UInt64)
        /// A binary cache: the name that the signature gives its key.
        case cache(key: String)
        /// A Guix server: the number that tells the signature's key from others, in hexadecimal, shortened if long.
        case guixCache(key: String)
        /// A rebuilder's link: its name.
        case link(name: String)
    }

    /// What came of it.
    package enum Result: Hashable, Sendable {
        /// Its signatures hold: these are its claims about the subject. Whether they count, the verdict says.
        case claims([Claim])
        /// It proves nothing about the subject under this policy, and why.
        case refused(String)
    }

    /// A witness who had seen the log's state.
    package struct Cosigner: Hashable, Sendable {
        /// The witness's name in the policy.
        package let name: String
        /// When, by the witness's clock.
        package let time: Timestamp
    }

    /// When the log was in the state that holds the evidence.
    package enum CheckpointTime: Hashable, Sendable {
        /// The policy asks for no witnesses, so nobody but the log says so, and it does not say when.
        case unneeded
        /// Enough witnesses had seen it then.
        case at(Timestamp)
    }

    package internal(set) var source: Source
    /// The SHA-256 of the attestation, of what the cache signed with its signature, or of the link.
    package let digest: Digest256
    package internal(set) var result = Result.claims([])
    /// Who signed it, in the policy's words; nil when that was not found.
    package internal(set) var voter: Voter?
    /// How many entries the log had.
    package internal(set) var treeSize: UInt64?
    /// Nil for evidence that is not from a log, or where it does not come to that.
    package internal(set) var checkpointTime: CheckpointTime?
    /// The witnesses that it took, the newest cosignature first.
    package internal(set) var cosigners: [Cosigner] = []
    /// When the build was started, as the builder says.
    package internal(set) var startedOn: Timestamp?

    /// A voter of the policy.
    package struct Voter: Hashable, Sendable {
        package let party: String
        /// The key's own name.
        package let leaf: String
    }

    init(source: Source, digest: Digest256) {
        self.source = source
        self.digest = digest
    }

    /// The claims; none when it was refused.
    package var claims: [Claim] {
        if case .claims(let claims) = result { claims } else { [] }
    }

    func refused(_ why: String) -> EvidenceReport {
        var report = self
        report.result = .refused(why)
        return report
    }

    /// Keeps what is about the subject.
    func claiming(
        _ claims: [Claim], about subject: Subject, voter: (party: String, leaf: String)?
    ) -> EvidenceReport {
        var report = self
        report.voter = voter.map { Voter(party: $0.party, leaf: $0.leaf) }
        let claims = claims.filter { $0.subject == subject }
        guard !claims.isEmpty else { return report.refused("it is about something else than \(subject)") }
        report.result = .claims(claims)
        return report
    }
}
