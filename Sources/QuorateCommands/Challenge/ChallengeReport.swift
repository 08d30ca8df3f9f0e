internal import Quorum
internal import StoreFormats

/// What a challenge found.
struct ChallengeReport: Sendable {
    var items: [ChallengedItem] = []
    var ledgerTrouble: String?

    var status: ExitStatus {
        if items.contains(where: { $0.result == .mismatch }) { return .disagreement }
        return items.allSatisfy { $0.result == .match } ? .ok : .short
    }

    func count(_ result: ChallengeResult) -> Int { items.count { $0.result == result } }
}
