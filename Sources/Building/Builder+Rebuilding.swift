internal import LocalStore
package import StoreFormats

extension Builder {
    /// Builds a derivation again, whether its outputs are there or not, and leaves the store's own as they are.
    ///
    /// What it needs is made valid first. Several rebuilds may run at a time.
    ///
    /// - Parameters:
    ///   - path: The derivation.
    ///   - conditions: What is different from a standard build.
    /// - Returns: What the builder made, or how it failed.
    /// - Throws: ``BuildingError`` when the derivation cannot be had or is not what it states.
    package func rebuild(
        _ path: StorePath, conditions: BuildConditions = .standard,
        onEvent: @escaping @Sendable (BuildEvent) -> Void = { _ in }
    ) async throws(BuildingError) -> RebuildResult {
        let derivation = try await derivation(path)
        let needed: [StorePath]
        switch try await inputs(of: path, derivation, onEvent: onEvent) {
        case .success(let paths): needed = paths
        case .failure(let failure):
            return RebuildResult(
                derivation: path, outcome: .failed(failure), measures: nil, inputs: [], folder: nil)
        }
        let closure = try await storeAnswer { try await context.store.closureInfos(of: needed) }
        let infos = Dictionary(closure.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
        let inputs = needed.compactMap { infos[$0] }
        let attempt = BuildAttempt(
            context: context, path: path, derivation: derivation,
            graph: InputGraph(inputs: Set(infos.keys), infos: infos), conditions: conditions, onEvent: onEvent)
        func result(
            _ outcome: RebuildResult.Outcome, _ measures: BuildMeasures, _ folder: StagingFolder? = nil
        ) -> RebuildResult {
            RebuildResult(derivation: path, outcome: outcome, measures: measures, inputs: inputs, folder: folder)
        }
        switch await attempt.run() {
        case .failed(let failure, let measures, let folder):
            try? await folder?.remove()
            return result(.failed(failure), measures)
        case .made(let made):
            switch try await made.collect(in: context.store) {
            case .failure(let failure):
                try? await made.staging.remove()
                return result(.failed(failure), made.measures)
            case .success(let outputs):
                return result(
                    .finished(
                        outputs.mapValues {
                            RebuiltOutput(
                                path: $0.found.path, narHash: $0.found.narHash, narSize: $0.found.narSize,
                                references: $0.found.references, physicalPath: $0.place)
                        }), made.measures, made.staging)
            }
        }
    }

    /// Makes the inputs of a derivation valid; they come back sorted.
    private func inputs(
        of path: StorePath, _ derivation: Derivation, onEvent: @escaping @Sendable (BuildEvent) -> Void
    ) async throws(BuildingError) -> Result<[StorePath], BuildFailure> {
        var needed = Set(derivation.inputSources)
        for input in derivation.inputDerivations {
            let other = try await self.derivation(input.path)
            for name in input.outputs {
                if let output = other.output(named: name) { needed.insert(output.path) }
            }
        }
        let targets =
            derivation.inputDerivations.map { BuildTarget.derivation($0.path, .named($0.outputs)) }
            + derivation.inputSources.map { BuildTarget.path($0) }
        guard !targets.isEmpty else { return .success([]) }
        let report = try await realise(targets, onEvent: onEvent)
        if let missing = report.missing.first {
            let isUnknown = report.plan.unknown.contains { $0.path == missing }
            return .failure(BuildFailure(isUnknown ? .unknownInput(missing) : .dependency(missing)))
        }
        return .success(needed.sorted())
    }
}
