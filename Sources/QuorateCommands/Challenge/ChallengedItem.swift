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
        /// Whether it could not be asked, or its answer could not be used; else it has nothing to say.
        var isTrouble = false
    }

    let path: StorePath
    /// What is said now.
    let testimonies: [Testimony]
    /// What servers said once and say no more. It is shown, and compared with nothing.
    let earlier: [Testimony]
    let silences: [Silence]
    let result: ChallengeResult
    /// Why it is inconclusive; nil otherwise.
    let reason: String?
    /// Whether what no known key signed is counted.
    let countsUnsigned: Bool
    /// What looking into a mismatch gave.
    var inspection: Inspection?

    init(
        _ path: StorePath, testimonies: [Testimony], earlier: [Testimony] = [], silences: [Silence],
        countingUnsigned: Bool
    ) {
        self.path = path
        self.testimonies = testimonies
        self.earlier = earlier
        self.silences = silences
        countsUnsigned = countingUnsigned
        let (result, reason) = Self.compare(testimonies, countingUnsigned: countingUnsigned)
        self.result = result
        self.reason = reason.map { Self.explain($0, silences, nobodySpoke: testimonies.isEmpty) }
    }

    /// Troubles named in one reason: the first ones say what is wrong.
    private static let namedTroubles = 3

    /// That nobody says anything may be because nobody has it, or because nobody could be asked.
    private static func explain(_ reason: String, _ silences: [Silence], nobodySpoke: Bool) -> String {
        let troubles = silences.filter(\.isTrouble)
        if nobodySpoke, silences.isEmpty { return "\(reason): no server of its store is named, so nobody was asked" }
        guard !troubles.isEmpty else { return nobodySpoke ? "\(reason): nobody has it" : reason }
        let named = troubles.prefix(namedTroubles).map { trouble in
            // The reason begins with the address, which is the name where no policy gives another.
            trouble.address == "\(trouble.name)/" || trouble.address == trouble.name
                ? trouble.why : "\(trouble.name): \(trouble.why)"
        }
        let rest = troubles.count - named.count
        return "\(reason); no answer of \(named.joined(separator: "; "))" + (rest > 0 ? "; and \(rest) more" : "")
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
            // Servers that say the same are there, and it is not the voice's word that they hand out.
            let isUnknownElsewhere = servers.contains {
                if case .unsigned = $0.standing { $0.voices(countingUnsigned: countingUnsigned).isEmpty } else { false }
            }
            guard !isUnknownElsewhere else {
                return (
                    .inconclusive,
                    "only what \(voice) says counts; what others say no known key signed (--unsigned counts it)"
                )
            }
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

    /// Whether somebody said something once that nobody says now.
    var hasWithdrawn: Bool {
        earlier.contains { old in !testimonies.contains { $0.outcome == old.outcome } }
    }
}
