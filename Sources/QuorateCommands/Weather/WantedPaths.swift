internal import StoreFormats

/// Counts who needs what: how many of a set of paths refer to each, directly or through others.
struct WantedPaths {
    private var referrers: [StorePath: [StorePath]] = [:]

    /// Missing paths for which the whole graph is walked, those with most direct referrers first: each costs a walk.
    private static let walked = 2000

    init() {}

    /// Says what a path refers to.
    mutating func add(_ path: StorePath, references: [StorePath]) {
        for reference in references where reference != path { referrers[reference, default: []].append(path) }
    }

    /// - Parameter limit: Most that are named.
    /// - Returns: The missing paths that most others need, with their number, the most wanted first.
    func ranking(of missing: [StorePath], limit: Int) -> [(path: StorePath, dependents: Int)] {
        let candidates = missing.sorted { left, right in
            let counts = (referrers[left]?.count ?? 0, referrers[right]?.count ?? 0)
            return counts.0 != counts.1 ? counts.0 > counts.1 : left < right
        }.prefix(Self.walked)
        let counted = candidates.map { (path: $0, dependents: dependents(of: $0)) }
        return Array(
            counted.sorted { $0.dependents != $1.dependents ? $0.dependents > $1.dependents : $0.path < $1.path }
                .prefix(limit))
    }

    private func dependents(of path: StorePath) -> Int {
        var seen: Set<StorePath> = [path]
        var queue = [path]
        while let next = queue.popLast() {
            for referrer in referrers[next] ?? [] where seen.insert(referrer).inserted { queue.append(referrer) }
        }
        return seen.count - 1
    }
}
