internal import Building
internal import LocalStore
internal import StoreFormats

/// Puts derivations that were given as files into the store, where a rebuild finds them by what they made.
struct DerivationKeeper {
    let builder: Builder
    let store: LocalStore

    /// Adds derivations and those that they need, all in one step. What refers to something that the store does not have
    /// is left out: it is a convenience, and no build depends on it.
    func keep(_ starts: [StorePath]) async throws {
        var derivations: [StorePath: Derivation] = [:]
        var queue = starts
        while let path = queue.popLast() {
            guard derivations[path] == nil else { continue }
            let derivation = try await builder.derivation(path)
            derivations[path] = derivation
            queue += derivation.inputDerivations.map(\.path)
        }
        let valid = try await store.validPaths(among: Array(derivations.keys))
        for path in valid { derivations[path] = nil }
        let references = Set(derivations.values.flatMap(\.references)).subtracting(derivations.keys)
        let known = try await store.validPaths(among: Array(references))
        while let homeless = derivations.first(where: { _, derivation in
            derivation.references.contains { derivations[$0] == nil && !known.contains($0) && !valid.contains($0) }
        }) {
            derivations[homeless.key] = nil
        }
        guard !derivations.isEmpty else { return }
        let paths = derivations.keys.sorted()
        let lock = try await store.lock(paths)
        defer { lock.unlock() }
        try await store.protect(paths)
        let store = store
        let staging = try store.makeStaging("derivations")
        let added = try await Blocking.run { [derivations] in
            try paths.compactMap { path in
                try derivations[path].map { try Self.newPath(path, $0, store.narIntake(for: path, in: staging)) }
            }
        }
        try await store.register(added)
        try await staging.remove()
    }

    private static func newPath(_ path: StorePath, _ derivation: Derivation, _ intake: NarIntake) throws -> NewPath {
        let bytes = derivation.serialized()
        try intake.push(file: bytes)
        let digest = try intake.finish()
        return try intake.newPath(
            PathInfo(
                path: path, narHash: digest.hash, narSize: digest.size, references: derivation.references,
                contentAddress: try ContentAddress(
                    method: .text, hash: ContentHash(of: bytes, algorithm: .sha256)),
                origin: .added))
    }
}
