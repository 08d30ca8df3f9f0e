internal import Quorum
internal import StoreFormats

/// What comparing everybody's word about a path came to.
enum ChallengeResult: String, Hashable, Sendable, CaseIterable {
    /// At least two who do not copy from each other say the same, and nobody says anything else.
    case match
    /// Somebody says something else.
    case mismatch
    /// Nobody differs, and too few say anything.
    case inconclusive
}

/// A store path with what everybody says about it.
struct ChallengedItem: Sendable {
    /// Who said nothing, and why.
    struct Silence: Hashable, Sendable {
        let name: String
        let address: String?
        let why: String
    }

    let path: StorePath
    let testimonies: [Testimony]
    let silences: [Silence]
    let result: ChallengeResult
    /// Why it is inconclusive; nil otherwise.
    let reason: String?
    /// What looking into a mismatch gave.
    var inspection: Inspection?

    init(_ path: StorePath, testimonies: [Testimony], silences: [Silence], countingUnsigned: Bool) {
        self.path = path
        self.testimonies = testimonies
        self.silences = silences
        (result, reason) = Self.compare(testimonies, countingUnsigned: countingUnsigned)
    }

    /// Any difference is one, whoever says it; agreement takes two voices.
    private static func compare(
        _ testimonies: [Testimony], countingUnsigned: Bool
    ) -> (ChallengeResult, String?) {
        guard let first = testimonies.first else { return (.inconclusive, "nobody says anything about it") }
        guard testimonies.allSatisfy({ $0.outcome == first.outcome }) else { return (.mismatch, nil) }
        let voices = Set(testimonies.flatMap { $0.voices(countingUnsigned: countingUnsigned) })
        switch voices.count {
        case 0:
            let unsigned = testimonies.contains { if case .unsigned = $0.standing { true } else { false } }
            return (
                .inconclusive,
                unsigned ? "no known key signed what is said (--unsigned counts it)" : "there is only a copy here"
            )
        case 1:
            let voice = voices.first ?? ""
            let servers = testimonies.filter { if case .server = $0.source { true } else { false } }
            return (
                .inconclusive,
                servers.count > 1 ? "all that is said is the word of \(voice)" : "only \(voice) says anything about it"
            )
        default: return (.match, nil)
        }
    }

    /// What is said, each outcome once, in the order in which it is first said.
    var outcomes: [StorePathOutcome] {
        var seen: Set<StorePathOutcome> = []
        return testimonies.map(\.outcome).filter { seen.insert($0).inserted }
    }
}
