internal import LocalStore
internal import StoreFormats

/// The paths in the stores of this machine, and what they refer to.
struct LocalPaths: Sendable {
    private let witnesses: [any BuildWitness]
    /// Why a store that is there cannot be asked, in one line each.
    let notes: [String]

    /// Most paths that are looked up at a time.
    private static let batch = 2000

    static func find(store folder: String) async throws(CommandError) -> LocalPaths {
        let (witnesses, notes) = try await BuildWitnesses.find(store: folder, environment: Places.environment)
        return LocalPaths(witnesses: witnesses, notes: notes)
    }

    /// Everything but derivations, which servers are seldom asked for.
    func allPaths() async throws -> [StorePath] {
        var all: Set<StorePath> = []
        for witness in witnesses { all.formUnion(try await witness.allPaths().filter { !$0.isDerivation }) }
        return all.sorted()
    }

    /// What the stores say that paths refer to; those that are in none are left out.
    func references(of paths: [StorePath]) async throws -> [StorePath: [StorePath]] {
        var references: [StorePath: [StorePath]] = [:]
        for witness in witnesses {
            let open = paths.filter { $0.directory == witness.directory && references[$0] == nil }
            for start in stride(from: 0, to: open.count, by: Self.batch) {
                let part = Array(open[start..<min(start + Self.batch, open.count)])
                for (path, info) in try await witness.infos(of: part) { references[path] = info.references }
            }
        }
        return references
    }

    /// The paths with all that they refer to, as far as the stores know: what they do not have stays as it is. And what
    /// refers to what.
    func closure(
        of paths: [StorePath]
    ) async throws -> (paths: [StorePath], references: [StorePath: [StorePath]]) {
        var references: [StorePath: [StorePath]] = [:]
        var all = paths
        var known = Set(paths)
        var done = 0
        while done < all.count {
            let level = Array(all[done...])
            done = all.count
            let found = try await self.references(of: level)
            references.merge(found) { first, _ in first }
            for path in level {
                for reference in found[path] ?? [] where known.insert(reference).inserted { all.append(reference) }
            }
        }
        return (all, references)
    }
}
