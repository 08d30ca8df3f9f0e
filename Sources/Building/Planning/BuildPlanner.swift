internal import LocalStore
internal import StoreFormats

/// Finds out what has to happen until targets are valid. Changes nothing.
///
/// It goes from the targets down, a wave at a time: all paths of a wave are looked for in Quorate's store, then in the
/// host's, then at the substituter, with one question each; what is nowhere is built, and what it needs is the next wave.
struct BuildPlanner {
    let store: LocalStore
    let hosts: [any ForeignStore]
    let library: DerivationLibrary
    let substituter: (any Substituter)?
    let options: BuildOptions
    /// What could not be fetched in an earlier try, and is built now.
    var failedFetches: Set<StorePath> = []
    /// Outputs of derivations that were given, beside the targets' own.
    var knownMakers: [StorePath: StorePath] = [:]

    /// A path that somebody needs.
    private struct Need {
        let path: StorePath
        let neededBy: StorePath?
    }

    /// What is found out on the way.
    private struct Work {
        var plan = BuildPlan()
        /// The paths that were looked for.
        var seen: Set<StorePath> = []
        /// Which derivation makes a path.
        var makers: [StorePath: StorePath]
        var offers: [StorePath: SubstituteOffer] = [:]
        var needs: [Need] = []
        /// What each derivation to be built reads, and which of its outputs are needed.
        var inputs: [StorePath: [StorePath]] = [:]
        var neededOutputs: [StorePath: Set<String>] = [:]
    }

    /// - Throws: ``BuildingError``: for trouble with the derivations of targets. What cannot be had is in the plan.
    func plan(_ targets: [BuildTarget]) async throws(BuildingError) -> BuildPlan {
        var work = Work(makers: knownMakers)
        work.plan.requested = targets
        for target in targets { try await add(target, &work) }
        if !failedFetches.isEmpty { try await learnMakers(targets, &work) }
        while !work.needs.isEmpty {
            try Task.checkBuildCancellation()
            try await takeWave(&work)
        }
        return try PlanOrder.ordered(
            work.plan, builds: work.inputs, neededOutputs: work.neededOutputs, offers: work.offers, makers: work.makers)
    }

    private func add(_ target: BuildTarget, _ work: inout Work) async throws(BuildingError) {
        switch target {
        case .path(let path): need(path, for: nil, &work, isTarget: true)
        case .derivation(let path, let selection):
            let library = library
            let derivation = try await OffThread.run { () throws(BuildingError) in try library.load(path) }
            let wanted: [String]
            switch selection {
            case .all: wanted = derivation.outputs.map(\.name)
            case .named(let names): wanted = names
            }
            for name in wanted {
                guard let output = derivation.output(named: name) else {
                    let names = derivation.outputs.map(\.name).joined(separator: ", ")
                    throw BuildingError(.notFound, "'\(path)' has no output '\(name)'; it has \(names)")
                }
                work.makers[output.path] = path
                need(output.path, for: nil, &work, isTarget: true)
            }
        }
    }

    /// Learns which derivation makes each path that the targets are built from, near or far: what cannot be fetched may
    /// be an input of something that can.
    private func learnMakers(_ targets: [BuildTarget], _ work: inout Work) async throws(BuildingError) {
        let starts = targets.compactMap { if case .derivation(let path, _) = $0 { path } else { nil } }
        let library = library
        let makers = await OffThread.run {
            var makers: [StorePath: StorePath] = [:]
            var seen = Set(starts)
            var queue = starts
            while let path = queue.popLast() {
                // One that is not to be had matters only if it is to be built; then it is told.
                guard let derivation = try? library.load(path) else { continue }
                for output in derivation.outputs { makers[output.path] = path }
                for input in derivation.inputDerivations where seen.insert(input.path).inserted {
                    queue.append(input.path)
                }
            }
            return makers
        }
        work.makers.merge(makers) { first, _ in first }
    }

    private func need(_ path: StorePath, for user: StorePath?, _ work: inout Work, isTarget: Bool = false) {
        if isTarget, !work.plan.targets.contains(path) { work.plan.targets.append(path) }
        if work.seen.insert(path).inserted { work.needs.append(Need(path: path, neededBy: user)) }
    }

    private func takeWave(_ work: inout Work) async throws(BuildingError) {
        var wave = work.needs
        work.needs = []
        let infos = try await storeAnswer { try await store.infos(of: wave.map(\.path)) }.filter {
            !hosts.hasLost($0.value)
        }
        work.plan.present.merge(infos) { first, _ in first }
        wave.removeAll { infos[$0.path] != nil }
        try await askHosts(&wave, &work)
        try await askSubstituter(&wave, &work)
        try await planBuilds(wave, &work)
    }

    private func askHosts(_ wave: inout [Need], _ work: inout Work) async throws(BuildingError) {
        guard options.usesHostStores else { return }
        for host in hosts {
            let paths = wave.map(\.path).filter { $0.directory == host.directory }
            guard !paths.isEmpty else { continue }
            let infos = try await storeAnswer { try await host.infos(of: paths) }.filter { !hosts.hasLost($0.value) }
            work.plan.host.merge(infos) { first, _ in first }
            wave.removeAll { infos[$0.path] != nil }
        }
    }

    private func askSubstituter(_ wave: inout [Need], _ work: inout Work) async throws(BuildingError) {
        guard options.substitutes, let substituter else { return }
        let paths = wave.map(\.path).filter { !failedFetches.contains($0) }
        guard !paths.isEmpty else { return }
        let offers: [StorePath: SubstituteOffer]
        do {
            offers = try await substituter.offers(for: paths)
        } catch {
            throw BuildingError(.fetch, "caches could not be asked: \(error)")
        }
        for need in wave {
            guard let offer = offers[need.path], offer.info.path == need.path else { continue }
            work.offers[need.path] = offer
            for reference in offer.info.references { self.need(reference, for: need.path, &work) }
        }
        wave.removeAll { work.offers[$0.path] != nil }
    }

    private func planBuilds(_ wave: [Need], _ work: inout Work) async throws(BuildingError) {
        var derivations: Set<StorePath> = []
        for need in wave {
            guard let maker = work.makers[need.path] else {
                work.plan.unknown.append(BuildPlan.Unknown(path: need.path, neededBy: need.neededBy, why: nil))
                continue
            }
            guard options.builds else {
                let why = "it would have to be built, which is switched off"
                work.plan.unknown.append(BuildPlan.Unknown(path: need.path, neededBy: need.neededBy, why: why))
                continue
            }
            if work.plan.derivations[maker] == nil { derivations.insert(maker) }
        }
        let loaded = try await load(derivations.sorted())
        for (path, derivation, inputs) in loaded {
            work.plan.derivations[path] = derivation
            work.plan.refused[path] = DerivationAttributes.objection(to: derivation, of: options.machine)
            var needed = derivation.inputSources
            for (name, input) in inputs {
                work.plan.outputPaths[name] = input
                work.makers[input] = name.derivation
                needed.append(input)
            }
            work.inputs[path] = needed
            for input in needed { need(input, for: path, &work) }
        }
        for need in wave {
            guard let maker = work.makers[need.path], let derivation = work.plan.derivations[maker],
                let output = derivation.outputs.first(where: { $0.path == need.path })
            else { continue }
            work.neededOutputs[maker, default: []].insert(output.name)
        }
    }

    private typealias Loaded = (
        path: StorePath, derivation: Derivation, inputs: [(name: BuildPlan.OutputName, path: StorePath)]
    )

    /// Reads and checks derivations, with the output paths of those that they need.
    private func load(_ paths: [StorePath]) async throws(BuildingError) -> [Loaded] {
        let library = library
        return try await OffThread.run { () throws(BuildingError) in
            var loaded: [Loaded] = []
            for path in paths {
                let derivation = try library.checked(path)
                var inputs: [(name: BuildPlan.OutputName, path: StorePath)] = []
                for input in derivation.inputDerivations {
                    let other = try library.load(input.path)
                    for name in input.outputs {
                        guard let output = other.output(named: name) else {
                            throw BuildingError(
                                .invalidDerivation,
                                "'\(path)' needs the output '\(name)' of '\(input.path)', which has none")
                        }
                        inputs.append((BuildPlan.OutputName(derivation: input.path, name: name), output.path))
                    }
                }
                loaded.append((path, derivation, inputs))
            }
            return loaded
        }
    }
}
