/// Finds which of many changes matter, with as few tries as that takes.
enum VariationSearch {
    /// The groups of changes of which each by itself makes a difference: nearly always groups of one; of more where the
    /// changes matter only together.
    ///
    /// - Parameters:
    ///   - changes: All changes that can be made.
    ///   - differs: Makes some changes, and says whether the result differs from the one without any.
    static func culprits<Change: Hashable>(
        _ changes: [Change], differs: ([Change]) async throws -> Bool
    ) async rethrows -> [[Change]] {
        var culprits: [[Change]] = []
        var left = changes
        while !left.isEmpty, try await differs(left) {
            let group = try await narrow(left, differs)
            culprits.append(group)
            left.removeAll(where: group.contains)
        }
        return culprits
    }

    /// Halves a group that makes a difference until it cannot be halved any more.
    private static func narrow<Change: Hashable>(
        _ changes: [Change], _ differs: ([Change]) async throws -> Bool
    ) async rethrows -> [Change] {
        var group = changes
        while group.count > 1 {
            let first = Array(group.prefix(group.count / 2))
            let second = Array(group.dropFirst(group.count / 2))
            if try await differs(first) {
                group = first
            } else if try await differs(second) {
                group = second
            } else {
                // Neither half alone: changes of both are needed. Each that can be left out is.
                for change in group where group.count > 2 {
                    let without = group.filter { $0 != change }
                    if try await differs(without) { group = without }
                }
                return group
            }
        }
        return group
    }
}
