/// A `group` line: met when enough of its members are.
public struct PolicyGroup: Hashable, Sendable {
    /// What a group's members are; one group never mixes them.
    public enum Kind: String, Hashable, Sendable {
        /// Parties, which vote on outcomes.
        case parties
        /// Witnesses, which cosign checkpoints.
        case witnesses
        /// Signers, which sign the next version of a policy.
        case signers
    }

    /// The name given in the policy.
    public let name: String
    /// What its members are.
    public let kind: Kind
    /// How many members are needed; from 1 to the number of members.
    public let threshold: Int
    /// The members' names, in the order given.
    public let memberNames: [String]
    /// Whether only claims of builds count in it (`built`).
    public let countsOnlyBuilt: Bool
    /// Whether the author means it that two disjoint sets of members can meet the group (`contradictable`).
    public let isContradictable: Bool
    /// The line of the policy, from 1.
    public let line: Int

    /// The members, resolved; groups among them were defined before this one.
    let members: [PolicyMember]
}

/// What a name in a group or quorum stands for, as positions in the policy's own lists.
enum PolicyMember: Hashable, Sendable {
    /// A voter of ``Policy/voters``.
    case voter(Int)
    case witness(Int)
    case signer(Int)
    case group(Int)
}

/// Something that can be a member of a group as a party: a key, or a party of several keys.
struct Voter: Hashable, Sendable {
    let name: String
    /// Positions in ``Policy/leaves``.
    let leaves: [Int]
    let isDeclared: Bool
    let line: Int
    /// The party that took the key in, so that it votes no more by itself.
    var absorbedBy: String?
}

/// A key that makes claims, of whichever kind.
enum PolicyLeaf: Hashable, Sendable {
    case cache(CacheLeaf)
    case builder(BuilderLeaf)
    case rebuilder(RebuilderLeaf)

    var name: String {
        switch self {
        case .cache(let leaf): return leaf.name
        case .builder(let leaf): return leaf.name
        case .rebuilder(let leaf): return leaf.name
        }
    }

    var key: KeyIdentity {
        switch self {
        case .cache(let leaf): return leaf.key.identity
        case .builder(let leaf): return leaf.key.identity
        case .rebuilder(let leaf): return leaf.key.identity
        }
    }

    var line: Int {
        switch self {
        case .cache(let leaf): return leaf.line
        case .builder(let leaf): return leaf.line
        case .rebuilder(let leaf): return leaf.line
        }
    }

    /// Whether its claims say "I built it".
    var isBuilding: Bool {
        if case .cache(let leaf) = self { return leaf.builds }
        return true
    }

    /// Whether its claims can be about subjects of the scope. A builder's attestations name their subject themselves.
    func speaks(for scope: Scope) -> Bool {
        switch self {
        case .cache(let leaf): return leaf.kind.scope == scope
        case .builder: return true
        case .rebuilder: return scope == .debian
        }
    }

    /// Whether it makes claims of the form.
    func makes(_ form: ClaimForm) -> Bool {
        switch self {
        case .cache: return form == .cacheSignature
        case .builder: return form == .logEntry || form == .ownBuild
        case .rebuilder: return form == .rebuilderLink
        }
    }
}
