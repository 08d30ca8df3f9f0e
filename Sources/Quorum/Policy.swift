/// Which parties count, in which groups, and how many must agree.
///
/// A policy that exists has passed every check of its language; `docs/policy.md` describes it for people.
public struct Policy: Sendable {
    /// Which witnesses must have cosigned a checkpoint.
    enum WitnessQuorum: Hashable, Sendable {
        /// No line says it: all witnesses that the policy names must have.
        case all
        /// `quorum none`.
        case none
        case member(PolicyMember)
    }

    /// What makes a policy one that is distributed: `version`, `expires` and `signed-by`.
    public struct Distribution: Hashable, Sendable {
        /// The version, from 1; each next one is exactly one more.
        public let version: Int
        /// The first moment at which the policy accepts nothing any more.
        public let expires: Timestamp
        /// The signer or group of signers that the next version needs.
        public let signedBy: String
    }

    /// The policy that accepts nothing but what verifies itself: an empty file's, and that of a file that is missing.
    public static let empty = Policy()

    /// The file as it was parsed: its digest names the policy in reports.
    public internal(set) var text = ""
    /// The name after `policy`.
    public internal(set) var name: String?
    /// The groups of all kinds, in the order of their lines.
    public internal(set) var groups: [PolicyGroup] = []
    /// Fewer votes for named packages, in the order of their lines.
    public internal(set) var exceptions: [PolicyException] = []
    /// Keys whose claims are refused.
    public internal(set) var keyRevocations: [KeyRevocation] = []
    /// Outcomes that are refused.
    public internal(set) var outcomeRevocations: [OutcomeRevocation] = []
    /// Logs whose checkpoints are believed.
    public internal(set) var logs: [LogLine] = []
    /// Cosigners of checkpoints.
    public internal(set) var witnesses: [WitnessLine] = []
    /// Who may sign the policy's next version.
    public internal(set) var signers: [SignerLine] = []
    /// Version, expiry and signers of a distributed policy; nil for a person's own file.
    public internal(set) var distribution: Distribution?

    var leaves: [PolicyLeaf] = []
    var voters: [Voter] = []
    var quorumMembers: [Scope: PolicyMember] = [:]
    var quorumLines: [Scope: Int] = [:]
    var witnessQuorum = WitnessQuorum.all
    var signedByMember: PolicyMember?

    // What tallies look up, made once when the policy is parsed.
    var leafOfKey: [KeyIdentity: Int] = [:]
    var voterOfLeaf: [Int] = []
    var revokedKeys: [KeyIdentity: KeyRevocation] = [:]
    var revokedOutcomes: [RevokedOutcome: OutcomeRevocation] = [:]
    var trees: [Scope: QuorumTree] = [:]

    init() {}

    /// The caches, in the order of their lines.
    public var caches: [CacheLeaf] {
        leaves.compactMap { if case .cache(let leaf) = $0 { leaf } else { nil } }
    }

    /// The builders, in the order of their lines.
    public var builders: [BuilderLeaf] {
        leaves.compactMap { if case .builder(let leaf) = $0 { leaf } else { nil } }
    }

    /// The rebuilderd instances, in the order of their lines.
    public var rebuilders: [RebuilderLeaf] {
        leaves.compactMap { if case .rebuilder(let leaf) = $0 { leaf } else { nil } }
    }

    /// All voters: declared parties, and the keys that belong to none, in the order of their lines.
    public var parties: [Party] {
        voters.filter { $0.absorbedBy == nil }.map { party(of: $0) }
    }

    /// The name of the group, party or key whose agreement each scope needs; a scope that is missing has no quorum.
    public var quorums: [Scope: String] { quorumMembers.mapValues(memberName) }

    /// The scopes that have a quorum, in the order of their lines.
    public var quorumScopes: [Scope] { quorumLines.sorted { $0.value < $1.value }.map(\.key) }

    /// The party that a key votes for and the key's own name in the policy; nil for a key that the policy does not name.
    public func voter(of key: KeyIdentity) -> (party: String, leaf: String)? {
        guard let leaf = leafOfKey[key] else { return nil }
        return (voters[voterOfLeaf[leaf]].name, leaves[leaf].name)
    }

    /// The parties in the quorum of a scope, in the policy's order; none without a quorum.
    public func parties(inQuorumOf scope: Scope) -> [Party] {
        trees[scope]?.seats.map { party(of: voters[$0.voter]) } ?? []
    }

    private func party(of voter: Voter) -> Party {
        Party(
            name: voter.name, leaves: voter.leaves.map { leaves[$0].name }, isDeclared: voter.isDeclared,
            line: voter.line)
    }

    func memberName(_ member: PolicyMember) -> String {
        switch member {
        case .voter(let index): return voters[index].name
        case .witness(let index): return witnesses[index].name
        case .signer(let index): return signers[index].name
        case .group(let index): return groups[index].name
        }
    }
}
