extension QuorumTree {
    /// Members written out before the rest is only counted.
    private static let shownMembers = 12

    /// `2 of ci, bordeaux, alice`; inner groups in parentheses.
    ///
    /// - Parameter threshold: the number of members an exception asks for instead of the root group's own.
    func words(threshold: Int?, policy: Policy) -> String {
        words(of: nodes.count - 1, threshold: threshold, policy: policy)
    }

    private func words(of index: Int, threshold: Int?, policy: Policy) -> String {
        let node = nodes[index]
        if let seat = node.seat { return seats[seat].name }
        let needed = threshold ?? node.threshold
        var members = node.children.prefix(Self.shownMembers).map { child in
            let text = words(of: child, threshold: nil, policy: policy)
            return nodes[child].seat == nil ? "(\(text))" : text
        }
        if node.children.count > Self.shownMembers {
            members.append("\(node.children.count - Self.shownMembers) more")
        }
        let count = needed == node.children.count && needed > 1 ? "all" : "\(needed)"
        return "\(count) of \(members.joined(separator: ", "))" + (node.countsOnlyBuilt ? ", built by themselves" : "")
    }
}
