/// A scope's quorum, flattened: children before their group, the root last, so that one pass decides it.
///
/// A leaf of the tree is a party (a *seat*); every party sits in a tree once.
struct QuorumTree: Sendable {
    struct Seat: Sendable {
        /// Position in ``Policy/voters``.
        let voter: Int
        let name: String
        /// The innermost group around the seat that counts only built claims.
        let builtGroup: String?
        /// Whether a key of the party can claim builds in this scope.
        let canBuild: Bool
        /// Whether a key of the party can vouch in this scope, where that counts.
        let canVouch: Bool
    }

    struct Node: Sendable {
        /// The seat of a leaf; nil for a group.
        let seat: Int?
        /// The group's position in ``Policy/groups``; nil for a leaf.
        let group: Int?
        let threshold: Int
        let countsOnlyBuilt: Bool
        let children: [Int]
    }

    /// What a party stated for the outcome at hand.
    struct Vote: OptionSet, Sendable {
        let rawValue: UInt8
        static let built = Vote(rawValue: 1)
        static let vouched = Vote(rawValue: 2)
    }

    private(set) var nodes: [Node] = []
    private(set) var seats: [Seat] = []
    /// The seat of each voter of the policy; -1 for one that is not in the tree.
    private(set) var seatOfVoter: [Int]
    /// What the quorum demands, in words.
    private(set) var requirement = ""

    init(root: PolicyMember, policy: Policy, scope: Scope) {
        seatOfVoter = [Int](repeating: -1, count: policy.voters.count)
        _ = add(root, within: nil, policy: policy, scope: scope)
        requirement = words(threshold: nil, policy: policy)
    }

    var root: Node { nodes[nodes.count - 1] }

    /// The number of members whose agreement an exception may lower; nil when the root is a single party.
    var rootThreshold: Int? { root.group == nil ? nil : root.threshold }

    /// Whether the votes meet the quorum.
    ///
    /// Parties that vouch have one vote between them over the whole tree: the quorum is met when it is met by all that
    /// built and some choice of at most one that vouches. So each node knows whether it is met without a voucher, and
    /// whether with one; a group can use one voucher in one child. More votes never unmake either.
    func isMet(by votes: [Vote], rootThreshold: Int?) -> Bool {
        var states = [Vote](repeating: [], count: nodes.count)
        let rootIndex = nodes.count - 1
        for (index, node) in nodes.enumerated() {
            if let seat = node.seat {
                let vote = votes[seat]
                states[index] = vote.contains(.built) ? [.built, .vouched] : vote
                continue
            }
            var built = 0
            var isHelped = false
            for child in node.children {
                if states[child].contains(.built) {
                    built += 1
                } else if states[child].contains(.vouched) {
                    isHelped = true
                }
            }
            let threshold = index == rootIndex ? rootThreshold ?? node.threshold : node.threshold
            if built >= threshold {
                states[index] = [.built, .vouched]
            } else if isHelped, built + 1 >= threshold, !node.countsOnlyBuilt {
                states[index] = .vouched
            }
        }
        return states[rootIndex].contains(.vouched)
    }

    private mutating func add(_ member: PolicyMember, within builtGroup: String?, policy: Policy, scope: Scope) -> Int {
        switch member {
        case .group(let index):
            // Groups nest at most PolicyLimits.treeDepth deep, so this recursion is bounded.
            let group = policy.groups[index]
            let inner = group.countsOnlyBuilt ? group.name : builtGroup
            let children = group.members.map { add($0, within: inner, policy: policy, scope: scope) }
            nodes.append(
                Node(
                    seat: nil, group: index, threshold: group.threshold, countsOnlyBuilt: group.countsOnlyBuilt,
                    children: children))
        case .voter(let index):
            let speaking = policy.voters[index].leaves.map { policy.leaves[$0] }.filter { $0.speaks(for: scope) }
            seatOfVoter[index] = seats.count
            nodes.append(Node(seat: seats.count, group: nil, threshold: 1, countsOnlyBuilt: false, children: []))
            seats.append(
                Seat(
                    voter: index, name: policy.voters[index].name, builtGroup: builtGroup,
                    canBuild: speaking.contains { $0.isBuilding },
                    canVouch: builtGroup == nil && speaking.contains { !$0.isBuilding }))
        case .witness, .signer:
            preconditionFailure("the parser lets only parties into a quorum of builders")
        }
        return nodes.count - 1
    }
}
