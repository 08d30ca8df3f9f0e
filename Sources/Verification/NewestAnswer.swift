internal import ClaimSources
internal import Ledger
internal import Quorum

/// What a cache says about a key now, beside all that it ever said.
struct NewestAnswer {
    /// The answer just received, silence where none came, or the newest that is remembered where it was not asked.
    let answer: SourceReport.Answer
    /// Claims of this cache that the newest answer does not make any more.
    let earlier: [Claim]
    /// Whether only asking tells what it says now: what is remembered last is trouble, or several things of one second.
    let isUnclear: Bool

    private init(_ answer: SourceReport.Answer, earlier: [Claim], isUnclear: Bool = false) {
        self.answer = answer
        self.earlier = earlier
        self.isUnclear = isUnclear
    }

    /// - Parameters:
    ///   - address: The cache's.
    ///   - claims: All claims under the key, whosever.
    ///   - known: What the ledger had before this inquiry.
    ///   - answer: What the cache answered just now; nil when nothing came.
    ///   - wasAsked: Whether it was asked just now.
    ///   - time: What is dated after it is nobody's newest answer.
    init(
        of address: String, claims: [Claim], known: LedgerContents?, answer: AnswerCollector.Answer?, wasAsked: Bool,
        at time: Timestamp
    ) {
        if answer == nil, !wasAsked, Self.isUndisputed(address, claims, known, at: time) {
            self.init(.stated, earlier: [])
            return
        }
        let own = claims.filter { $0.form == .cacheSignature && $0.source == address }
        switch answer {
        case .absent?: self.init(.absent, earlier: own)
        case .trouble(let trouble)?: self.init(.trouble(trouble.message), earlier: own)
        case .statement(let statement)?:
            self.init(
                statement.claims.isEmpty ? .refused(statement.refused.joined(separator: "; ")) : .stated,
                earlier: own.filter { old in !statement.claims.contains { $0.says(the: old) } })
        case nil where wasAsked: self.init(.trouble("\(address): no answer before the deadline"), earlier: own)
        case nil: self.init(remembered: known, of: address, own, at: time)
        }
    }

    /// Whether nothing but one statement is remembered of a cache, as is nearly always so: then there is nothing to compare.
    private static func isUndisputed(
        _ address: String, _ claims: [Claim], _ known: LedgerContents?, at time: Timestamp
    ) -> Bool {
        guard let known, !known.asks.contains(where: { $0.source == address }) else { return false }
        var count = 0
        for index in claims.indices where claims[index].source == address {
            guard claims[index].form == .cacheSignature else { return false }
            count += 1
        }
        return count == 1
            && known.claims.indices.contains { index in
                known.claims[index].claim.source == address && known.claims[index].lastSeen <= time
            }
    }

    private init(remembered known: LedgerContents?, of address: String, _ own: [Claim], at time: Timestamp) {
        let records = (known?.claims ?? []).filter {
            $0.claim.form == .cacheSignature && $0.claim.source == address && $0.lastSeen <= time
        }
        let ask = known?.asks.first { $0.source == address && $0.at <= time }
        let last = records.map(\.lastSeen).max()
        if let ask, last.map({ $0 <= ask.at }) ?? true {
            let isUnclear = last == ask.at
            switch ask.answer {
            case .absent: self.init(.absent, earlier: isUnclear ? [] : own, isUnclear: isUnclear)
            case .refused(let why): self.init(.refused(why), earlier: isUnclear ? [] : own, isUnclear: isUnclear)
            case .trouble(let why): self.init(.trouble(why), earlier: own, isUnclear: true)
            }
            return
        }
        let newest = records.filter { $0.lastSeen == last }.map(\.claim)
        guard let first = newest.first else {
            self.init(.absent, earlier: own)
            return
        }
        self.init(
            .stated, earlier: own.filter { old in !newest.contains { $0.says(the: old) } },
            isUnclear: !newest.allSatisfy { $0.subject == first.subject && $0.statement == first.statement })
    }
}

extension Claim {
    /// Whether both state the same of the same, signed by one key.
    fileprivate func says(the other: Claim) -> Bool {
        key == other.key && statement == other.statement && subject == other.subject
    }
}
