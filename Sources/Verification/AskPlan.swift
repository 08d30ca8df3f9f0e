internal import ClaimSources
internal import Ledger
internal import Quorum

/// Which cache has to be asked about which key: those whose newest answer is not fresh.
struct AskPlan {
    private let bySource: [[Int]]
    private let asked: [[Bool]]

    init(
        keys: [LookupKey], caches: CacheSet, known: [LookupKey: LedgerContents], notBefore now: Timestamp,
        maximumAge: Int64
    ) {
        // An answer of the future is none of ours, whether a clock was set back or somebody wrote it there: ask.
        let fresh = (now.secondsSince1970 - max(0, maximumAge) + 1)..<(now.secondsSince1970 + 1)
        var bySource: [[Int]] = []
        var asked: [[Bool]] = []
        for member in caches.members {
            let address = member.cache.address
            var indices: [Int] = []
            var flags = Array(repeating: false, count: keys.count)
            for (index, key) in keys.enumerated() where member.serves(key) {
                let isFresh =
                    known[key].map { contents in
                        contents.claims.contains {
                            $0.claim.source == address && fresh.contains($0.lastSeen.secondsSince1970)
                        } || contents.asks.contains { $0.source == address && $0.isFresh(within: fresh) }
                    } ?? false
                if !isFresh {
                    indices.append(index)
                    flags[index] = true
                }
            }
            bySource.append(indices)
            asked.append(flags)
        }
        self.bySource = bySource
        self.asked = asked
    }

    func indices(ofSource source: Int) -> [Int] { bySource[source] }

    /// For each source, whether it is asked about the key.
    func wasAsked(_ key: Int) -> [Bool] { asked.map { $0[key] } }
}

extension Ask {
    /// Trouble never stays fresh: the next question asks again.
    fileprivate func isFresh(within times: Range<Int64>) -> Bool {
        if case .trouble = answer { return false }
        return times.contains(at.secondsSince1970)
    }
}
