internal import ClientSetup
internal import Quorum

/// How an installed path stands: what is recorded of it against what is agreed on and stated.
enum AuditStanding: String, CaseIterable {
    /// Enough parties, two at least, state what is installed.
    case agreed
    /// One party alone states it, whether the policy is content with that or not.
    case oneParty = "one-party"
    /// Several parties state it, fewer than the policy asks for.
    case short
    /// The path itself commits to its contents.
    case selfVerifying = "self-verifying"
    /// This machine built it, and nobody who counts says anything else.
    case builtHere = "built-here"
    /// Nobody who counts states anything.
    case unclaimed
    /// Parties differ; one of them at least states what is installed.
    case split
    /// Two outcomes meet the quorum, or did.
    case conflict
    /// Something else is agreed on, or everything that is stated is something else.
    case different
    /// The disk has other contents than the store recorded, or none.
    case altered
    /// The contents were to be read and could not be.
    case unreadable
    /// What is installed was revoked.
    case revoked

    /// - Parameters:
    ///   - verdict: What the caches gave; nil when they were not asked.
    ///   - isRevoked: Whether a person has taken the installed outcome back.
    ///   - disk: What the disk has; nil when it was not read.
    init(
        _ installed: InstalledPath, proof: SelfProof, verdict: Verdict?, isRevoked: Bool,
        disk: DiskContents.Finding? = nil
    ) {
        let recorded = AuditStanding(recorded: installed, proof: proof, verdict: verdict)
        switch disk {
        case _ where isRevoked: self = .revoked
        case .altered, .breaksAddress, .missing: self = .altered
        case .unreadable where !recorded.isAlarm: self = .unreadable
        case .unreadable, .matches, nil: self = recorded
        }
    }

    /// How what the store recorded stands.
    private init(recorded installed: InstalledPath, proof: SelfProof, verdict: Verdict?) {
        guard proof == .none else {
            self = .selfVerifying
            return
        }
        let outcome = Outcome.storePath(installed.outcome)
        let support = verdict?.support ?? []
        let votes = support.first { $0.outcome == outcome }?.votes ?? 0
        let unheard = installed.isBuiltHere ? Self.builtHere : .unclaimed
        switch verdict?.status {
        case .conflict: self = .conflict
        case .quorate(let agreed):
            self = agreed != outcome ? .different : votes >= 2 ? .agreed : .oneParty
        case .selfVerifying(let proven?): self = proven == outcome ? .selfVerifying : .different
        case .selfVerifying(nil):
            // The path commits to contents that the store kept no address of: only statements can be compared.
            self = votes > 0 ? .selfVerifying : support.isEmpty ? unheard : .different
        case .split: self = votes > 0 ? .split : .different
        case .short:
            if support.isEmpty {
                self = unheard
            } else if votes == 0 {
                self = .different
            } else if installed.isBuiltHere {
                self = .builtHere
            } else {
                self = votes >= 2 ? .short : .oneParty
            }
        case .unclaimed, nil: self = unheard
        }
    }

    /// Whether a person has to look at it.
    var isAlarm: Bool {
        switch self {
        case .split, .conflict, .different, .altered, .revoked: true
        case .agreed, .oneParty, .short, .selfVerifying, .builtHere, .unclaimed, .unreadable: false
        }
    }

    var style: Style {
        switch self {
        case .agreed, .selfVerifying, .builtHere: .green
        case .oneParty, .short, .unclaimed, .unreadable: .yellow
        case .split, .conflict, .different, .altered, .revoked: .red
        }
    }

    /// What it means, for people.
    var meaning: StyledText {
        switch self {
        case .agreed: "as many parties as the policy asks for, two at least, state exactly this"
        case .oneParty: "one party alone states it: its word, and nobody's beside it"
        case .short: "several parties state it, fewer than the policy asks for"
        case .selfVerifying: "the path itself commits to its contents (sources, fixed outputs, derivations)"
        case .builtHere: "built on this machine, and nobody states anything else"
        case .unclaimed: "nobody who counts states anything about it"
        case .split: "parties differ, and too few state what is installed"
        case .conflict: "two outcomes have, or had, enough votes each"
        case .different: "what is agreed on, or all that is stated, is something else"
        case .altered: "the disk has other contents than the store recorded"
        case .unreadable: "the contents could not be read"
        case .revoked: "what is installed was revoked"
        }
    }
}
