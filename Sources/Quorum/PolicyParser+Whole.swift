// What only the whole file can show, and what is made of it for tallies.
extension PolicyParser {
    func checkWhole() throws(PolicyError) {
        var refusals = twoGroupsRefusals() + exceptionRefusals()
        if let version, signedBy == nil {
            refusals.append(
                PolicyError(
                    code: .distribution, line: version.line,
                    message: "a policy with a version says who signs the next: add signer and signed-by, or take it out"
                ))
        }
        if let signedBy, version == nil {
            refusals.append(
                PolicyError(
                    code: .distribution, line: signedBy.line,
                    message: "a signed policy needs a version: add version N expires TIME, or take signed-by out"))
        }
        if let first = refusals.min(by: { ($0.line, $0.message) < ($1.line, $1.message) }) { throw first }
    }

    mutating func compile() {
        if let version, let signedBy {
            policy.distribution = Policy.Distribution(
                version: version.number, expires: version.expires, signedBy: signedBy.name)
        }
        for (scope, member) in policy.quorumMembers {
            policy.trees[scope] = QuorumTree(root: member, policy: policy, scope: scope)
        }
    }

    /// One name may be a member of two groups only when these decide on different scopes: then no tree has it twice.
    private func twoGroupsRefusals() -> [PolicyError] {
        let scopes = scopesOfGroups()
        var refusals: [PolicyError] = []
        for (name, groups) in memberships where groups.count > 1 {
            for (position, group) in groups.enumerated() {
                let clash = groups[..<position].first { earlier in
                    scopes[earlier].isEmpty || scopes[group].isEmpty || !scopes[earlier].isDisjoint(with: scopes[group])
                }
                guard let clash else { continue }
                let shown = String(decoding: name, as: UTF8.self)
                let other = policy.groups[clash]
                refusals.append(
                    PolicyError(
                        code: .twoGroups, line: policy.groups[group].line,
                        message: "\(shown) is a member of \(other.name) on line \(other.line) already: it counts once, "
                            + "unless the two groups are in quorums of different scopes"))
            }
        }
        return refusals
    }

    private func scopesOfGroups() -> [Set<Scope>] {
        var scopes = [Set<Scope>](repeating: [], count: policy.groups.count)
        for (scope, member) in policy.quorumMembers {
            if case .group(let index) = member { scopes[index].insert(scope) }
        }
        // A group's members were defined before it, so the way down is the way back.
        for index in policy.groups.indices.reversed() {
            for case .group(let inner) in policy.groups[index].members { scopes[inner].formUnion(scopes[index]) }
        }
        return scopes
    }

    private func exceptionRefusals() -> [PolicyError] {
        let thresholds = policy.quorumMembers.values.map { member in
            if case .group(let index) = member { return policy.groups[index].threshold }
            return 1
        }
        let highest = thresholds.max() ?? 0
        return policy.exceptions.filter { $0.threshold >= highest }.map { exception in
            PolicyError(
                code: .exception, line: exception.line,
                message: highest == 0
                    ? "there is no quorum that the exception could lower: add one, or take the exception out"
                    : "the quorums ask for \(highest) at most, so \(exception.threshold) lowers nothing: "
                        + "write less, or take it out")
        }
    }
}
