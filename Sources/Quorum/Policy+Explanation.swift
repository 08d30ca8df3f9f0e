extension Policy {
    /// What it takes to meet and to contradict a scope's quorum; nil for a scope without one.
    public func strength(of scope: Scope) -> QuorumStrength? {
        trees[scope]?.strength(rootThreshold: nil)
    }

    /// What a scope's quorum demands, in words: `2 of ci, bordeaux, alice`; nil for a scope without one.
    public func requirement(of scope: Scope) -> String? { trees[scope]?.requirement }

    /// The policy in words, one statement a line: what `policy check` prints, with ``warnings(now:)`` beside it.
    ///
    /// - Parameter now: the moment by which exceptions and the policy itself have expired; nil leaves time out.
    public func explanation(now: Timestamp? = nil) -> [String] {
        var lines: [String] = []
        if let name { lines.append("policy \(name)") }
        if let distribution {
            lines.append(
                "version \(distribution.version), expires \(distribution.expires); "
                    + "the next version needs signatures of \(distribution.signedBy)")
        }
        for scope in Scope.allCases { lines += explanation(of: scope) }
        lines += exceptions.flatMap { explanation(of: $0, now: now) }
        lines += revocationLines()
        lines += checkpointLines()
        return lines
    }

    private func explanation(of scope: Scope) -> [String] {
        guard let tree = trees[scope] else {
            return ["\(scope.rawValue): no quorum; accepts nothing but what is self-verifying"]
        }
        let strength = tree.strength(rootThreshold: nil)
        var lines = ["\(scope.rawValue): \(Self.membersNeeded(tree)); \(Self.words(strength))"]
        lines.append("  \(quorums[scope] ?? ""): \(tree.requirement)")
        for seat in tree.seats where voters[seat.voter].isDeclared {
            let keys = voters[seat.voter].leaves.map { leaves[$0].name }.joined(separator: ", ")
            lines.append("  \(seat.name) is one voter with the keys \(keys)")
        }
        let vouching = tree.seats.filter { $0.canVouch && !$0.canBuild }.map(\.name)
        if vouching.count == 1 {
            lines.append("  \(vouching[0]) only vouches: it may have copied what it signs")
        } else if vouching.count > 1 {
            lines.append(
                "  \(vouching.joined(separator: ", ")) only vouch: each may have copied the others, "
                    + "so they share one vote")
        }
        return lines
    }

    private func explanation(of exception: PolicyException, now: Timestamp?) -> [String] {
        let state = now.map { $0 >= exception.until } == true ? "has expired since" : "holds until"
        return Scope.allCases.compactMap { scope in
            guard let tree = trees[scope], let threshold = tree.rootThreshold, exception.threshold < threshold
            else { return nil }
            return "except \(exception.pattern) for \(scope.rawValue): \(exception.threshold) instead of \(threshold); "
                + "\(state) \(exception.until): \(exception.reason); "
                + Self.words(tree.strength(rootThreshold: exception.threshold))
        }
    }

    private func revocationLines() -> [String] {
        keyRevocations.map { "revoked key \($0.key)" + ($0.reason.map { ": \($0)" } ?? "") }
            + outcomeRevocations.map { revocation in
                "revoked outcome sha256:\(revocation.outcome.narHash.hex)"
                    + (revocation.outcome.subject.map { " of \($0)" } ?? "")
                    + (revocation.reason.map { ": \($0)" } ?? "")
            }
    }

    private func checkpointLines() -> [String] {
        guard !logs.isEmpty || !witnesses.isEmpty else { return [] }
        let origins = logs.isEmpty ? "any log of a builder" : logs.map(\.key.name).joined(separator: ", ")
        switch witnessQuorum {
        case .none: return ["checkpoints: of \(origins), without witnesses"]
        case .all:
            return witnesses.isEmpty
                ? ["checkpoints: of \(origins), without witnesses"]
                : ["checkpoints: of \(origins), cosigned by all of \(witnesses.map(\.name).joined(separator: ", "))"]
        case .member(let member): return ["checkpoints: of \(origins), cosigned by \(words(of: member))"]
        }
    }

    private func words(of member: PolicyMember) -> String {
        guard case .group(let index) = member else { return memberName(member) }
        let group = groups[index]
        let members = group.members.map { member in
            if case .group = member { "(\(words(of: member)))" } else { memberName(member) }
        }
        return "\(group.threshold) of \(members.joined(separator: ", "))"
    }

    private static func membersNeeded(_ tree: QuorumTree) -> String {
        guard let threshold = tree.rootThreshold else { return "this one party" }
        let children = tree.root.children
        let isFlat = children.allSatisfy { tree.nodes[$0].seat != nil }
        if isFlat { return "\(threshold) of \(these(children.count, "party", "parties"))" }
        return "\(threshold) of \(these(children.count, "member", "members")) "
            + "with \(count(tree.seats.count, "party", "parties")) in all"
    }

    /// `a forgery needs 2 liars; two contradicting quorums need 1 (a party that states both)`.
    private static func words(_ strength: QuorumStrength) -> String {
        guard let liars = strength.fewestParties else { return "it can never be met" }
        let overlap = strength.smallestOverlap ?? 0
        let both: String
        switch overlap {
        case 0: both = "no party has to state both"
        case 1: both = "a party that states both"
        default: both = "parties that state both"
        }
        return "a forgery needs \(count(liars, "liar", "liars")); two contradicting quorums need \(overlap) (\(both))"
    }

    private static func these(_ number: Int, _ one: String, _ many: String) -> String {
        number == 1 ? "this 1 \(one)" : "these \(number) \(many)"
    }

    private static func count(_ number: Int, _ one: String, _ many: String) -> String {
        "\(number) \(number == 1 ? one : many)"
    }
}
