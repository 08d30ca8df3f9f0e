/// What it takes to meet a scope's quorum, and to contradict it.
public struct QuorumStrength: Hashable, Sendable {
    /// Parties in the quorum.
    public let parties: Int
    /// The fewest parties whose agreement meets it: so many must lie for a forgery. Nil when nobody can meet it.
    public let fewestParties: Int?
    /// The fewest parties that two outcomes meeting it have in common: so many must state both. 0 when none need to.
    public let smallestOverlap: Int?
}

extension QuorumTree {
    /// The strength of the quorum, or of what an exception leaves of it.
    ///
    /// Exact on the tree: parties that cannot speak for the scope never count, and each of the sets of parties may use
    /// one voucher, as a tally does.
    func strength(rootThreshold: Int?) -> QuorumStrength {
        var sizes: [Sizes] = []
        var overlaps: [Overlaps] = []
        for (index, node) in nodes.enumerated() {
            if let seat = node.seat {
                sizes.append(Sizes(seat: seats[seat]))
                overlaps.append(Overlaps(seat: seats[seat]))
                continue
            }
            let threshold = index == nodes.count - 1 ? rootThreshold ?? node.threshold : node.threshold
            var size = Sizes(threshold: threshold, children: node.children.map { sizes[$0] })
            var overlap = Overlaps(threshold: threshold, children: node.children.map { overlaps[$0] })
            if node.countsOnlyBuilt {
                size.withVoucher = size.plain
                overlap = Overlaps(plain: overlap.plain)
            }
            sizes.append(size)
            overlaps.append(overlap)
        }
        return QuorumStrength(
            parties: seats.count, fewestParties: sizes.last?.withVoucher, smallestOverlap: overlaps.last?.both)
    }
}

/// The fewest parties that meet a node; nil when it cannot be met.
private struct Sizes {
    /// By builders alone.
    var plain: Int?
    /// By builders and at most one voucher.
    var withVoucher: Int?

    init(seat: QuorumTree.Seat) {
        plain = seat.canBuild ? 1 : nil
        withVoucher = seat.canBuild || seat.canVouch ? 1 : nil
    }

    init(threshold: Int, children: [Sizes]) {
        let plain = children.compactMap(\.plain).sorted()
        self.plain = plain.count >= threshold ? plain[..<threshold].reduce(0, +) : nil
        withVoucher = self.plain
        for child in children {
            guard let helped = child.withVoucher, helped != child.plain else { continue }
            // The cheapest others are the first of the sorted ones, without this child's own entry.
            var others = plain
            if let own = child.plain, let index = others.firstIndex(of: own) { others.remove(at: index) }
            guard others.count >= threshold - 1 else { continue }
            let size = helped + others[..<(threshold - 1)].reduce(0, +)
            withVoucher = min(withVoucher ?? size, size)
        }
    }
}

/// The fewest parties that two sets share which both meet a node; nil when one of them cannot meet it.
private struct Overlaps: Hashable {
    /// Neither set uses a voucher.
    let plain: Int?
    /// One of them may.
    let one: Int?
    /// Each may use one.
    let both: Int?

    init(plain: Int?) {
        self.plain = plain
        one = plain
        both = plain
    }

    init(seat: QuorumTree.Seat) {
        let shared: Int? = seat.canBuild ? 1 : nil
        plain = shared
        one = shared
        both = seat.canBuild || seat.canVouch ? 1 : nil
    }

    init(threshold: Int, children: [Overlaps]) {
        plain = Self.overlap(threshold, children, first: nil, second: nil)
        // Where a voucher helps depends only on a child's numbers; two children of each kind stand for all, since the
        // sets may place their vouchers in two different ones.
        var seen: [Overlaps: Int] = [:]
        let places =
            [nil]
            + children.indices.filter { index in
                seen[children[index], default: 0] += 1
                return seen[children[index], default: 0] <= 2 && children[index].both != nil
            }.map { Optional($0) }
        one = places.compactMap { Self.overlap(threshold, children, first: $0, second: nil) }.min()
        both = places.flatMap { first in
            places.compactMap { Self.overlap(threshold, children, first: first, second: $0) }
        }.min()
    }

    /// - Parameters:
    ///   - first: the child in which the first set may use its voucher.
    ///   - second: the child in which the second set may use its own.
    private static func overlap(_ threshold: Int, _ children: [Overlaps], first: Int?, second: Int?) -> Int? {
        var onlyFirst = 0
        var onlySecond = 0
        var shareable: [Int] = []
        for (index, child) in children.enumerated() {
            let firstMeets = child.isMeetable(withVoucher: first == index)
            let secondMeets = child.isMeetable(withVoucher: second == index)
            switch (firstMeets, secondMeets) {
            case (true, true):
                let cost =
                    first == index && second == index
                    ? child.both : first == index || second == index ? child.one : child.plain
                shareable.append(cost ?? 0)
            case (true, false): onlyFirst += 1
            case (false, true): onlySecond += 1
            case (false, false): break
            }
        }
        let firstNeeds = max(0, threshold - onlyFirst)
        let secondNeeds = max(0, threshold - onlySecond)
        guard firstNeeds <= shareable.count, secondNeeds <= shareable.count else { return nil }
        // Each shareable child serves one set for nothing; so many must serve both.
        let shared = max(0, firstNeeds + secondNeeds - shareable.count)
        return shareable.sorted()[..<shared].reduce(0, +)
    }

    private func isMeetable(withVoucher: Bool) -> Bool { withVoucher ? both != nil : plain != nil }
}
