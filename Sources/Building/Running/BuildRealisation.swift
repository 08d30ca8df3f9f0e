internal import LocalStore
internal import StoreFormats

/// Makes the outputs of one derivation valid: lock, run, examine, register.
struct BuildRealisation: Sendable {
    let context: BuildContext
    let path: StorePath
    let derivation: Derivation
    let graph: InputGraph
    let onEvent: @Sendable (BuildEvent) -> Void

    /// What there is when the builder's place is free again.
    enum AfterRun: Sendable {
        /// It is over, and the folder of what was made can go.
        case ended(BuildOutcome, StagingFolder?)
        case made(Made)
    }

    /// Outputs that are on the disk and not registered yet, with the locks of their paths.
    struct Made: Sendable {
        let realisation: BuildRealisation
        let outputs: MadeOutputs
        let valid: [StorePath: PathInfo]
        let locks: PathLocks
    }

    /// Locks the outputs and runs the builder.
    func begin() async -> AfterRun {
        let paths = derivation.outputs.map(\.path)
        do {
            let locks = try await lock(paths)
            let valid = try await storeAnswer { try await context.store.infos(of: paths) }.filter {
                !context.hosts.hasLost($0.value)
            }
            if valid.count == paths.count {
                var outputs: [String: PathInfo] = [:]
                for output in derivation.outputs { outputs[output.name] = valid[output.path] }
                return .ended(.alreadyValid(outputs), nil)
            }
            let attempt = BuildAttempt(
                context: context, path: path, derivation: derivation, graph: graph, onEvent: onEvent)
            switch await attempt.run() {
            case .failed(let failure, let measures, let folder): return .ended(.failed(failure, measures), folder)
            case .made(let outputs):
                return .made(Made(realisation: self, outputs: outputs, valid: valid, locks: locks))
            }
        } catch {
            return .ended(.failed(BuildFailure(BuildFailure.Kind(error)), nil), nil)
        }
    }

    private func lock(_ paths: [StorePath]) async throws(BuildingError) -> PathLocks {
        try await storeAnswer {
            if let locks = try context.store.tryLock(paths) { return locks }
            onEvent(.waiting(derivation: path))
            return try await context.store.lock(paths)
        }
    }
}

extension BuildRealisation.Made {
    /// Examines the outputs and makes them valid.
    func finish() async -> BuildOutcome {
        defer { locks.unlock() }
        do {
            let collected: [String: MadeOutputs.Collected]
            switch try await outputs.collect(in: realisation.context.store, valid: valid) {
            case .failure(let failure): return .failed(failure, outputs.measures)
            case .success(let new): collected = new
            }
            var infos: [String: PathInfo] = [:]
            var new: [NewPath] = []
            for output in realisation.derivation.outputs {
                if let info = valid[output.path] {
                    infos[output.name] = info
                } else if let made = collected[output.name] {
                    let info = PathInfo(
                        path: output.path, narHash: made.found.narHash, narSize: made.found.narSize,
                        references: made.found.references, deriver: realisation.path,
                        contentAddress: output.contentAddress, origin: .built)
                    infos[output.name] = info
                    new.append(NewPath(info: info, from: made.place))
                }
            }
            let context = realisation.context
            let paths = new
            try await storeAnswer { _ = try await context.store.register(paths) }
            return .built(BuildResult(outputs: infos, measures: outputs.measures))
        } catch {
            return .failed(BuildFailure(BuildFailure.Kind(error), logTail: outputs.logTail), outputs.measures)
        }
    }
}
