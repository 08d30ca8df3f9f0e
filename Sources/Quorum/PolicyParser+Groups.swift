// Statements that say who stands together and how many must agree.
extension PolicyParser {
    mutating func readParty(_ operands: inout Operands) throws(Refusal) {
        let name = try name(&operands)
        let keys = try operands.remaining("KEYNAME")
        guard !keys.isEmpty else { throw Refusal(.syntax, "KEYNAME is missing: write \(operands.form)") }
        var leaves: [Int] = []
        for key in keys {
            let definition = try definition(of: key)
            guard case .leaf(let leaf, _) = definition.symbol else {
                throw Refusal(.mixedKinds, "\(key) is no cache, builder or rebuilder: a party consists of those")
            }
            if leaves.contains(leaf) { throw Refusal(.memberTwice, "\(key) stands twice: take one out") }
            if let membership = definition.membership {
                throw Refusal(
                    .twoGroups,
                    "\(key) counts in \(membership.name) on line \(membership.line) already: name the party there "
                        + "instead"
                )
            }
            leaves.append(leaf)
        }
        let voter = policy.voters.count
        try define(name, as: .party(voter: voter), line: operands.line)
        policy.voters.append(Voter(name: name, leaves: leaves, isDeclared: true, line: operands.line))
        for (key, leaf) in zip(keys, leaves) {
            policy.voters[policy.voterOfLeaf[leaf]].absorbedBy = name
            policy.voterOfLeaf[leaf] = voter
            definitions[Array(key.utf8)]?.membership = (name, operands.line)
        }
    }

    mutating func readGroup(_ operands: inout Operands) throws(Refusal) {
        let name = try name(&operands)
        let thresholdWord = try operands.next("K, all or any")
        var countsOnlyBuilt = false
        var isContradictable = false
        while true {
            if !countsOnlyBuilt, operands.take("built") {
                countsOnlyBuilt = true
            } else if !isContradictable, operands.take("contradictable") {
                isContradictable = true
            } else {
                break
            }
        }
        let names = try operands.remaining("MEMBER")
        guard !names.isEmpty else { throw Refusal(.syntax, "MEMBER is missing: write \(operands.form)") }
        let threshold = try threshold(thresholdWord, of: names.count, group: name)
        let (members, kind) = try members(names, of: name)
        if countsOnlyBuilt, kind != .parties {
            throw Refusal(.syntax, "built says something only about parties: take it out of the group \(name)")
        }
        let depth = 1 + (members.map { groupDepth($0) }.max() ?? 0)
        guard depth <= PolicyLimits.treeDepth else {
            throw Refusal(.limit, "groups stand \(depth) deep in one another: \(PolicyLimits.treeDepth) are allowed")
        }
        let splits = members.count { canSplit($0) }
        let isSplitting = Self.canSplit(threshold: threshold, members: members.count, splitting: splits)
        // Witnesses and signers are C2SP's business; the explanation warns of such groups.
        if isSplitting, !isContradictable, kind == .parties {
            throw Refusal(
                .contradictable,
                "two sets of parties without a common member could both meet \(name) and contradict each other: "
                    + "ask for more members, or write contradictable if you mean it")
        }
        let index = policy.groups.count
        try define(name, as: .group(index), line: operands.line)
        for member in names { try join(member, group: name, index: index, kind: kind, line: operands.line) }
        policy.groups.append(
            PolicyGroup(
                name: name, kind: kind, threshold: threshold, memberNames: names, countsOnlyBuilt: countsOnlyBuilt,
                isContradictable: isContradictable, line: operands.line, members: members))
        depthOfGroup.append(depth)
        groupSplits.append(isSplitting)
    }

    mutating func readQuorum(_ operands: inout Operands) throws(Refusal) {
        if operands.count == 1 { return try readWitnessQuorum(&operands) }
        let scopeWord = try operands.next("nix, guix or debian")
        guard let scope = Scope(rawValue: scopeWord) else {
            throw Refusal(.syntax, "\(KeyText.shown(scopeWord)) is no scope: write \(operands.form)")
        }
        let name = try operands.next("NAME")
        if let line = policy.quorumLines[scope] {
            throw Refusal(.repeated, "\(scopeWord) has a quorum on line \(line) already: take one out")
        }
        if name == "none" {
            throw Refusal(.undefined, "a scope without a quorum accepts nothing already: take the line out")
        }
        let member = try resolve(name)
        guard kind(of: member) == .parties else {
            throw Refusal(
                .mixedKinds, "\(name) holds no parties, so it cannot decide on outcomes: name a group that does")
        }
        policy.quorumMembers[scope] = member
        policy.quorumLines[scope] = operands.line
    }

    private mutating func readWitnessQuorum(_ operands: inout Operands) throws(Refusal) {
        let name = try operands.next("NAME")
        if let line = witnessQuorumLine {
            throw Refusal(.repeated, "the witnesses have a quorum on line \(line) already: take one out")
        }
        witnessQuorumLine = operands.line
        guard name != "none" else {
            policy.witnessQuorum = .none
            return
        }
        if definitions[Array(name.utf8)] == nil, Scope(rawValue: name) != nil {
            throw Refusal(.syntax, "NAME is missing: write quorum \(name) NAME")
        }
        let member = try resolve(name)
        guard kind(of: member) == .witnesses else {
            throw Refusal(
                .mixedKinds,
                "\(name) holds no witnesses: say what it decides on and write quorum nix|guix|debian \(name)")
        }
        policy.witnessQuorum = .member(member)
    }

    /// What a name stands for where it counts by itself; a key inside a party does not.
    func resolve(_ name: String) throws(Refusal) -> PolicyMember {
        let definition = try definition(of: name)
        switch definition.symbol {
        case .leaf(_, let voter):
            if let party = policy.voters[voter].absorbedBy {
                throw Refusal(.twoGroups, "\(name) is a key of the party \(party): name the party instead")
            }
            return .voter(voter)
        case .party(let voter): return .voter(voter)
        case .group(let index): return .group(index)
        case .witness(let index): return .witness(index)
        case .signer(let index): return .signer(index)
        }
    }

    func kind(of member: PolicyMember) -> PolicyGroup.Kind {
        switch member {
        case .voter: return .parties
        case .witness: return .witnesses
        case .signer: return .signers
        case .group(let index): return policy.groups[index].kind
        }
    }

    /// Whether two disjoint sets of members' parties can both meet a k-of-n group of which some members can be met so
    /// themselves: those serve both sets, and the others are divided between the two.
    static func canSplit(threshold: Int, members: Int, splitting: Int) -> Bool {
        threshold <= splitting + (members - splitting) / 2
    }

    private func threshold(_ word: String, of members: Int, group: String) throws(Refusal) -> Int {
        switch word {
        case "all": return members
        case "any": return 1
        default: break
        }
        guard let threshold = Operands.positive(word) else {
            throw Refusal(
                .threshold,
                "\(KeyText.shown(word)) is no number of votes: write all, any, or a number from 1 to \(members)")
        }
        guard threshold <= members else {
            throw Refusal(
                .threshold,
                "\(group) asks for \(word) of \(members) members: ask for \(members) at most, or add members")
        }
        return threshold
    }

    private func members(
        _ names: [String], of group: String
    ) throws(Refusal) -> (members: [PolicyMember], kind: PolicyGroup.Kind) {
        var members: [PolicyMember] = []
        var seen: Set<PolicyMember> = []
        for name in names {
            if name == "built" || name == "contradictable" {
                throw Refusal(
                    .syntax, "\(name) stands once and before the members: write group \(group) K \(name) MEMBER…")
            }
            let member = try resolve(name)
            guard seen.insert(member).inserted else {
                throw Refusal(.memberTwice, "\(name) stands twice in \(group): take one out")
            }
            members.append(member)
        }
        let kinds = Set(members.map { kind(of: $0) })
        guard let kind = kinds.first, kinds.count == 1 else {
            throw Refusal(
                .mixedKinds,
                "\(group) mixes \(kinds.map(\.rawValue).sorted().joined(separator: " and ")): make groups apart")
        }
        return (members, kind)
    }

    /// Notes a membership. A witness or signer has at most one; a party may have one in the quorum of each scope, which
    /// only the whole file can show.
    private mutating func join(
        _ name: String, group: String, index: Int, kind: PolicyGroup.Kind, line: Int
    ) throws(Refusal) {
        let key = Array(name.utf8)
        if kind != .parties, let earlier = definitions[key]?.membership {
            throw Refusal(
                .twoGroups, "\(name) is a member of \(earlier.name) on line \(earlier.line) already: it counts once")
        }
        definitions[key]?.membership = (group, line)
        memberships[key, default: []].append(index)
    }

    private func groupDepth(_ member: PolicyMember) -> Int {
        if case .group(let index) = member { return depthOfGroup[index] }
        return 0
    }

    private func canSplit(_ member: PolicyMember) -> Bool {
        if case .group(let index) = member { return groupSplits[index] }
        return false
    }
}
