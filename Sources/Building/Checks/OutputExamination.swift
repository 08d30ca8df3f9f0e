internal import LocalStore
internal import StoreFormats

/// Looks whether the outputs of a build are what their derivation demands, before they become valid.
struct OutputExamination: Sendable {
    /// An output as it was found on the disk.
    struct Found: Sendable, Hashable {
        let path: StorePath
        let narHash: NarHash
        let narSize: UInt64
        /// Sorted; may hold the path itself.
        let references: [StorePath]
    }

    /// All outputs by name; those that were valid before are among them.
    let outputs: [String: Found]
    let attributes: DerivationAttributes
    let graph: InputGraph
    private let byPath: [StorePath: Found]

    init(outputs: [String: Found], attributes: DerivationAttributes, graph: InputGraph) {
        self.outputs = outputs
        self.attributes = attributes
        self.graph = graph
        byPath = Dictionary(outputs.values.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The first demand that is not met, in the order of the outputs' names; nil when all are.
    ///
    /// - Throws: ``BuildingError/Code/invalidAttribute``, ``BuildingError/Code/store``.
    func objection() throws(BuildingError) -> BuildFailure.Kind? {
        if let cycle = cycle() { return .outputCycle(cycle) }
        for (name, output) in outputs.sorted(by: { $0.key < $1.key }) {
            if attributes.derivation.isFixed, !output.references.isEmpty {
                return .fixedOutputReferences(path: output.path, output.references)
            }
            let checks = try OutputChecks(of: name, in: attributes)
            if let objection = try objection(to: output, checks) { return objection }
        }
        return nil
    }

    private func objection(to output: Found, _ checks: OutputChecks) throws(BuildingError) -> BuildFailure.Kind? {
        guard !checks.isEmpty else { return nil }
        if let limit = checks.maximumSize, output.narSize > limit {
            return .outputTooLarge(path: output.path, size: output.narSize, limit: limit)
        }
        if let limit = checks.maximumClosureSize {
            let size = try closure(of: output.path).size
            if size > limit { return .closureTooLarge(path: output.path, size: size, limit: limit) }
        }
        for list in OutputChecks.List.allCases {
            guard let words = checks.lists[list] else { continue }
            let named = try specified(words)
            var used = list.isRecursive ? try closure(of: output.path).paths : Set(output.references)
            if list.isRecursive && checks.ignoresItself { used.remove(output.path) }
            let bad = used.filter { named.contains($0) != list.allows }
            if !bad.isEmpty { return .forbiddenReferences(path: output.path, bad.sorted()) }
        }
        return nil
    }

    /// The paths that a list names.
    private func specified(_ words: [String]) throws(BuildingError) -> Set<StorePath> {
        var paths: Set<StorePath> = []
        for word in words {
            if let path = try? StorePath(word, in: attributes.derivation.directory) {
                paths.insert(path)
            } else if let output = outputs[word] {
                paths.insert(output.path)
            } else {
                throw BuildingError(
                    .invalidAttribute, "'\(word)' in a list of references is neither a store path nor an output")
            }
        }
        return paths
    }

    /// An output's closure, through other outputs and the inputs.
    private func closure(of start: StorePath) throws(BuildingError) -> (paths: Set<StorePath>, size: UInt64) {
        var seen: Set<StorePath> = [start]
        var queue = [start]
        var size: UInt64 = 0
        while let path = queue.popLast() {
            let references: [StorePath]
            if let output = byPath[path] {
                references = output.references
                size += output.narSize
            } else {
                let info = try graph.info(of: path)
                references = info.references
                size += info.narSize
            }
            for reference in references where seen.insert(reference).inserted { queue.append(reference) }
        }
        return (seen, size)
    }

    /// Outputs that refer to each other, which no order of registering could satisfy; an output alone may refer to
    /// itself.
    private func cycle() -> [StorePath]? {
        var left = byPath
        while !left.isEmpty {
            let free = left.values.filter { output in
                output.references.allSatisfy { $0 == output.path || left[$0] == nil }
            }
            if free.isEmpty { return left.keys.sorted() }
            for output in free { left[output.path] = nil }
        }
        return nil
    }
}
