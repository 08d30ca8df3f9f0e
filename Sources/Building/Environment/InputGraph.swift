internal import LocalStore
internal import StoreFormats

/// What is known of the paths that a build may see, held in memory while it is prepared and checked.
struct InputGraph: Sendable {
    /// The closure of the inputs: what the sandbox shows, and what outputs may refer to.
    let inputs: Set<StorePath>

    /// What is known of them, and of the outputs of derivations among them.
    let infos: [StorePath: PathInfo]

    /// The outputs of derivations among the inputs.
    var derivationOutputs: [StorePath: [StorePath]] = [:]

    static let empty = InputGraph(inputs: [], infos: [:])

    /// Everything that can be reached from some paths, they themselves with it, sorted.
    ///
    /// - Throws: ``BuildingError/Code/store`` when something on the way is not known.
    func closure(of starts: some Sequence<StorePath>) throws(BuildingError) -> [StorePath] {
        var seen = Set(starts)
        var queue = Array(seen)
        while let path = queue.popLast() {
            for reference in try info(of: path).references where seen.insert(reference).inserted {
                queue.append(reference)
            }
        }
        return seen.sorted()
    }

    /// What is known of a path.
    func info(of path: StorePath) throws(BuildingError) -> PathInfo {
        guard let info = infos[path] else {
            throw BuildingError(
                .store, "'\(path)' is referred to, but it is not in the store; run a check of the store")
        }
        return info
    }

    /// The NAR sizes of some paths, added up.
    func size(of paths: some Sequence<StorePath>) throws(BuildingError) -> UInt64 {
        var size: UInt64 = 0
        for path in paths { size += try info(of: path).narSize }
        return size
    }

    /// What `exportReferencesGraph` of some inputs covers: their closure, and the closures of the outputs of derivations
    /// in it, for those who want to hand on all that something was built with.
    func exported(_ starts: [StorePath]) throws(BuildingError) -> [StorePath] {
        for start in starts where !inputs.contains(start) {
            throw BuildingError(
                .invalidAttribute,
                "references of '\(start)' cannot be exported, because it is not in the closure of inputs")
        }
        let paths = try closure(of: starts)
        let made = paths.filter(\.isDerivation).flatMap { derivationOutputs[$0] ?? [] }
        return made.isEmpty ? paths : try closure(of: paths + made)
    }
}
