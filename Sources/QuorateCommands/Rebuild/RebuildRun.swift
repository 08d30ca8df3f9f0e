internal import Building
internal import ClaimSources
internal import LocalStore
internal import Quorum
internal import StoreFormats

/// What came of building one derivation again, once or several times.
struct RebuildRun: Sendable {
    /// One build.
    enum Attempt: Sendable {
        /// The outputs, by path.
        case built([StorePath: StorePathOutcome])
        case failed(BuildFailure)
    }

    let derivation: StorePath
    /// All outputs of the derivation.
    var outputs: [StorePath] = []
    /// The builds under standard conditions, in their order.
    var attempts: [Attempt] = []
    /// How long the first took.
    var duration: Duration?
    /// Why it could not be tried at all.
    var trouble: String?
    /// With `--vary`: the groups of conditions that each make a difference.
    var culprits: [[BuildCondition]]?
    /// With `--vary`: whether a program could not be shown another time.
    var sawTrueTime = false
    /// With `--keep`: what was built under standard conditions, each outcome once.
    var kept: [RebuildResult] = []
    /// With `--keep` and `--vary`: what was built under each group of conditions that matters.
    var keptVaried: [[BuildCondition]: RebuildResult] = [:]

    /// What the builds gave for an output, each outcome once.
    func outcomes(of path: StorePath) -> [StorePathOutcome] {
        var all: [StorePathOutcome] = []
        for case .built(let outputs) in attempts {
            if let outcome = outputs[path], !all.contains(outcome) { all.append(outcome) }
        }
        return all
    }

    /// The first failure.
    var failure: BuildFailure? {
        for case .failed(let failure) in attempts { return failure }
        return nil
    }
}

/// Builds derivations again and records what that gives.
struct RebuildWork: Sendable {
    let builder: Builder
    let recorder: OwnBuildRecorder
    let display: BuildDisplay
    /// How often each is built under standard conditions.
    let times: Int
    /// The conditions to vary; none without `--vary`.
    let conditions: [BuildCondition]
    /// Whether what was built is held back, for ``DifferenceKeeper``.
    var keeps = false

    /// Builds one derivation. Trouble is part of the result, but for trouble with the ledger.
    func run(_ derivation: StorePath) async throws -> RebuildRun {
        var run = RebuildRun(derivation: derivation)
        do throws(BuildingError) {
            run.outputs = try await builder.derivation(derivation).outputs.map(\.path)
        } catch {
            run.trouble = error.message
            return run
        }
        for _ in 0..<times {
            try Task.checkCancellation()
            guard try await attempt(&run) else { return run }
        }
        try await vary(&run)
        return run
    }

    /// Builds once under standard conditions.
    /// - Returns: Whether that says something about the derivation.
    private func attempt(_ run: inout RebuildRun) async throws -> Bool {
        let result: RebuildResult
        do throws(BuildingError) {
            result = try await build(run.derivation, .standard)
        } catch {
            run.trouble = error.message
            return false
        }
        if case .failed(let failure) = result.outcome, failure.kind.reason == nil {
            run.trouble = failure.message(for: run.derivation)
            return false
        }
        try await record(result, of: run)
        run.duration = run.duration ?? result.measures?.wall
        run.attempts.append(Self.attempt(result))
        if keeps, case .finished = result.outcome, !run.kept.contains(where: { $0.outcome.isSame(as: result.outcome) })
        {
            run.kept.append(result)
        }
        return true
    }

    private func build(
        _ derivation: StorePath, _ conditions: BuildConditions
    ) async throws(BuildingError) -> RebuildResult {
        let display = display
        let result = try await builder.rebuild(derivation, conditions: conditions) { display.take($0) }
        display.rebuilt(derivation)
        return result
    }

    private static func attempt(_ result: RebuildResult) -> RebuildRun.Attempt {
        switch result.outcome {
        case .failed(let failure): .failed(failure)
        case .finished(let outputs):
            .built(
                Dictionary(
                    outputs.values.map { ($0.path, StorePathOutcome($0.narHash, $0.narSize, $0.references)) },
                    uniquingKeysWith: { first, _ in first }))
        }
    }

    /// Signs and records what a build under standard conditions gave, for every output.
    private func record(_ result: RebuildResult, of run: RebuildRun) async throws {
        let inputs = result.inputs.map { BuildRecord.Input(path: $0.path, narHash: $0.narHash) }
        let log = try? await logDigest(of: run.derivation)
        let time = result.measures.map { Timestamp(secondsSince1970: $0.startedAt) } ?? SystemClock.now
        func record(_ path: StorePath, _ ended: BuildRecord.Result) -> BuildRecord {
            BuildRecord(
                path: path, derivation: run.derivation, result: ended, inputs: inputs, log: log, time: time)
        }
        switch result.outcome {
        case .finished(let outputs):
            try await recorder.record(
                outputs.values.map {
                    record($0.path, .built(narHash: $0.narHash, narSize: $0.narSize, references: $0.references))
                })
        case .failed(let failure):
            guard let reason = failure.kind.reason else { return }
            try await recorder.record(run.outputs.map { record($0, .failed(reason)) })
        }
    }

    private func logDigest(of derivation: StorePath) async throws -> Digest256? {
        let logs = builder.logs
        guard logs.file(of: derivation) != nil else { return nil }
        return try await Blocking.run {
            var hasher = ContentHasher(.sha256)
            try logs.read(derivation) { hasher.update($0) }
            return Digest256(hasher.finalize().digest)
        }
    }

    // MARK: - Varying

    /// Finds the conditions that matter, when the derivation gives the same twice without any.
    private func vary(_ run: inout RebuildRun) async throws {
        guard !conditions.isEmpty, case .built(let standard)? = run.attempts.first else { return }
        guard run.outputs.allSatisfy({ run.outcomes(of: $0).count == 1 }) else { return }
        let derivation = run.derivation
        var different: [[BuildCondition]: RebuildResult] = [:]
        var sawTrueTime = false
        let culprits: [[BuildCondition]]
        do {
            culprits = try await VariationSearch.culprits(conditions) { varied in
                try Task.checkCancellation()
                let result = try await build(derivation, BuildCondition.conditions(varying: varied))
                if case .failed(let failure) = result.outcome, failure.kind.reason == nil {
                    throw BuildingError(.sandbox, failure.message(for: derivation))
                }
                if result.measures?.sawTrueTime == true { sawTrueTime = true }
                if case .built(let outputs) = Self.attempt(result), outputs == standard { return false }
                if keeps {
                    // What came of more conditions is of no use any more, and takes room.
                    different = different.filter { !Set($0.key).isSuperset(of: varied) }
                    different[varied] = result
                }
                return true
            }
        } catch let error as BuildingError {
            run.trouble = "not under other conditions: \(error.message)"
            return
        }
        run.sawTrueTime = sawTrueTime
        // What changes from one second to the next would be blamed on whatever was varied meanwhile.
        if !culprits.isEmpty {
            guard try await attempt(&run) else { return }
            guard case .built(standard)? = run.attempts.last else { return }
        }
        run.culprits = culprits
        for group in culprits { run.keptVaried[group] = different[group] }
    }
}

extension RebuildResult.Outcome {
    /// Whether the outputs are the same, wherever they are.
    fileprivate func isSame(as other: Self) -> Bool {
        guard case .finished(let ours) = self, case .finished(let theirs) = other else { return false }
        return ours.mapValues { StorePathOutcome($0.narHash, $0.narSize, $0.references) }
            == theirs.mapValues { StorePathOutcome($0.narHash, $0.narSize, $0.references) }
    }
}

extension StorePathOutcome {
    /// An outcome as it was seen on the disk or in a store's database.
    init(_ narHash: NarHash, _ narSize: UInt64, _ references: [StorePath]) {
        guard let digest = Digest256(narHash.bytes) else { preconditionFailure("a NAR hash has 32 bytes") }
        self.init(narHash: digest, narSize: narSize, references: references.map(\.path))
    }

    init(_ info: PathInfo) { self.init(info.narHash, info.narSize, info.references) }
}
