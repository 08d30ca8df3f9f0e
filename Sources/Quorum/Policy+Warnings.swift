/// Something in a policy that is allowed and probably not meant.
public struct PolicyWarning: Hashable, Sendable {
    /// The line it is about, from 1.
    public let line: Int
    /// What to look at, in one line.
    public let message: String
}

extension Policy {
    /// What is allowed and probably not meant, in the order of lines.
    ///
    /// - Parameter now: the moment by which exceptions and the policy itself have expired; nil leaves time out.
    public func warnings(now: Timestamp? = nil) -> [PolicyWarning] {
        var warnings = Scope.allCases.flatMap(warnings(about:))
        warnings += unusedWarnings() + checkpointWarnings() + ownWitnessWarnings() + splittingWarnings()
        for leaf in leaves where revokedKeys[leaf.key] != nil {
            warnings.append(PolicyWarning(line: leaf.line, message: "\(leaf.name) has a revoked key: it never counts"))
        }
        if let now {
            for exception in exceptions where now >= exception.until {
                let message = "the exception for \(exception.pattern) has expired: take it out"
                warnings.append(PolicyWarning(line: exception.line, message: message))
            }
            if let distribution, now >= distribution.expires {
                let message = "the policy expired at \(distribution.expires) and accepts nothing: get its next version"
                warnings.append(PolicyWarning(line: 1, message: message))
            }
        }
        return warnings.sorted { ($0.line, $0.message) < ($1.line, $1.message) }
    }

    private func warnings(about scope: Scope) -> [PolicyWarning] {
        guard let tree = trees[scope], let line = quorumLines[scope] else { return [] }
        var messages: [String] = []
        let strength = tree.strength(rootThreshold: nil)
        switch strength.fewestParties {
        case nil:
            messages.append(
                "the quorum for \(scope.rawValue) can never be met: too few of its parties can speak for it "
                    + "(caches without builds share one vote)")
        case 1: messages.append("one party alone meets the quorum for \(scope.rawValue): nobody checks what it says")
        default: break
        }
        if strength.smallestOverlap == 0 {
            messages.append("two outcomes can meet the quorum for \(scope.rawValue) although nobody states both")
        }
        for seat in tree.seats where !seat.canBuild && !seat.canVouch {
            let speaks = voters[seat.voter].leaves.contains { leaves[$0].speaks(for: scope) }
            if speaks, let group = seat.builtGroup {
                messages.append("\(seat.name) only vouches, so it never counts in the group \(group)")
            } else {
                messages.append("\(seat.name) never speaks for \(scope.rawValue), and still counts as one who could")
            }
        }
        return messages.map { PolicyWarning(line: line, message: $0) }
    }

    private func unusedWarnings() -> [PolicyWarning] {
        var used = Set(trees.values.flatMap { $0.seats.map(\.voter) }.map { PolicyMember.voter($0) })
        var roots = Array(quorumMembers.values)
        if case .member(let member) = witnessQuorum { roots.append(member) }
        if let signedByMember { roots.append(signedByMember) }
        used.formUnion(roots)
        // Members come before their group, so one pass from the end reaches all.
        for index in groups.indices.reversed() where used.contains(.group(index)) {
            used.formUnion(groups[index].members)
        }
        var warnings: [PolicyWarning] = []
        for (index, voter) in voters.enumerated() where voter.absorbedBy == nil && !used.contains(.voter(index)) {
            let message = "\(voter.name) is in no quorum: what it states never counts"
            warnings.append(PolicyWarning(line: voter.line, message: message))
        }
        for (index, group) in groups.enumerated() where !used.contains(.group(index)) {
            let message = "the group \(group.name) is in no quorum: it decides nothing"
            warnings.append(PolicyWarning(line: group.line, message: message))
        }
        for (index, signer) in signers.enumerated() where !used.contains(.signer(index)) {
            let message = "\(signer.name) signs nothing: signed-by does not reach it"
            warnings.append(PolicyWarning(line: signer.line, message: message))
        }
        guard case .member = witnessQuorum else { return warnings }
        for (index, witness) in witnesses.enumerated() where !used.contains(.witness(index)) {
            let message = "\(witness.name) is not in the quorum of witnesses: its cosignatures never count"
            warnings.append(PolicyWarning(line: witness.line, message: message))
        }
        return warnings
    }

    private func checkpointWarnings() -> [PolicyWarning] {
        if let log = logs.first, witnesses.isEmpty {
            let message = "no witness cosigns the logs: each could show you another history than it shows others"
            return [PolicyWarning(line: log.line, message: message)]
        }
        if let witness = witnesses.first, witnessQuorum == .all {
            let message = "no quorum line says how many witnesses are needed, so all are: add quorum NAME"
            return [PolicyWarning(line: witness.line, message: message)]
        }
        return []
    }

    /// Logs whose own operator's witness is needed: nobody cosigns a log of their own, so nothing of it is ever believed.
    ///
    /// Who runs both is seen from the names, which are addresses: `alice.example/log` and `alice.example/witness`.
    private func ownWitnessWarnings() -> [PolicyWarning] {
        logs.compactMap { log in
            guard let place = Self.place(log.key.name) else { return nil }
            let own = witnesses.filter { Self.place($0.key.name) == place }
            let others = Set(witnesses.map(\.key.identity)).subtracting(own.map(\.key.identity))
            guard !own.isEmpty, !believesCheckpoint(cosignedBy: others) else { return nil }
            let names = own.map(\.name).joined(separator: ", ")
            return PolicyWarning(
                line: log.line,
                message: "the log \(log.key.name) is never believed: the quorum of witnesses needs \(names), and "
                    + "nobody cosigns a log of their own: ask for fewer witnesses")
        }
    }

    /// A name without its last part; nil where it has but one.
    private static func place(_ name: String) -> Substring? { name.lastIndex(of: "/").map { name[..<$0] } }

    /// Groups of witnesses or signers that the parser lets be contradicted, because C2SP tlog-policy does.
    private func splittingWarnings() -> [PolicyWarning] {
        var splits: [Bool] = []
        var warnings: [PolicyWarning] = []
        for group in groups {
            let splitting = group.members.count { member in
                if case .group(let index) = member { splits[index] } else { false }
            }
            let isSplitting = PolicyParser.canSplit(
                threshold: group.threshold, members: group.members.count, splitting: splitting)
            splits.append(isSplitting)
            guard isSplitting, group.kind != .parties, !group.isContradictable else { continue }
            let message = "two sets of \(group.kind.rawValue) without a common member can both meet \(group.name)"
            warnings.append(PolicyWarning(line: group.line, message: message))
        }
        return warnings
    }
}
