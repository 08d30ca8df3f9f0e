internal import DurableFiles
internal import Glibc
internal import LocalStore
internal import Sandbox
internal import StoreFormats
internal import Synchronization

/// One run of a derivation's builder, from the empty sandbox to the outputs on the disk. What becomes of the outputs is
/// for others to decide.
struct BuildAttempt: Sendable {
    let context: BuildContext
    let path: StorePath
    let derivation: Derivation
    let graph: InputGraph
    var conditions = BuildConditions.standard
    let onEvent: @Sendable (BuildEvent) -> Void

    /// What a run left behind.
    enum End: Sendable {
        case made(MadeOutputs)
        /// With the folder of what was made, which can go.
        case failed(BuildFailure, BuildMeasures, StagingFolder?)
    }

    private struct Refusal: Error {
        let kind: BuildFailure.Kind
        init(_ kind: BuildFailure.Kind) { self.kind = kind }
    }

    /// Runs the builder. Trouble of any kind is a failure of the build.
    func run() async -> End {
        var measures = BuildMeasures()
        measures.startedAt = Int64(time(nil))
        var staging: StagingFolder?
        do {
            return try await run(&measures, &staging)
        } catch {
            let kind: BuildFailure.Kind =
                switch error {
                case let refusal as Refusal: refusal.kind
                case let error as BuildingError: BuildFailure.Kind(error)
                default: .machine("\(error)")
                }
            return .failed(BuildFailure(Task.isCancelled ? .cancelled : kind), measures, staging)
        }
    }

    private func run(
        _ measures: inout BuildMeasures, _ folder: inout StagingFolder?
    ) async throws -> End {
        let flavor = BuildFlavor(derivation.directory)
        let attributes = try DerivationAttributes(derivation, flavor: flavor)
        if let why = try attributes.objection(of: context.options.machine) { throw Refusal(.notBuildableHere(why)) }
        try attributes.refuseEscapes()
        let staging = try context.folders.take()
        folder = staging
        let log = BuildLogWriter(path: context.logs.place(of: path)) { [path, onEvent] line in
            switch BuilderMessage(line) {
            case .none: onEvent(.line(derivation: path, line))
            case .phase(let phase): onEvent(.phase(derivation: path, LogLines.plain(Array(phase.utf8))))
            case .other: break
            }
        }
        let root = "\(staging.path)/root"
        if derivation.isBuiltin {
            return try await runBuiltin(attributes, root: root, staging: staging, log: log, &measures)
        }
        let user = try context.users?.take()
        let plan = try await plan(attributes, flavor: flavor, root: root, user: user)
        onEvent(.started(derivation: path))
        let result: SandboxResult
        do {
            result = try await Sandbox.run(plan) { log.push($0) }
        } catch {
            _ = log.finish()
            throw Refusal(error.code == .cannotExecute ? .cannotExecute(error.message) : .machine(error.message))
        }
        measures.add(result)
        let (tail, size, trouble) = log.finish()
        measures.logBytes = size
        if let trouble { onEvent(.warning("the log of '\(path)' is not kept: \(trouble)")) }
        if let kind = BuildFailure.Kind(result.outcome, limits: plan.limits) {
            var failure = BuildFailure(kind, logTail: tail)
            if context.options.keepsFailed { failure.keptFolder = keep("\(root)\(plan.workingDirectory)") }
            return .failed(failure, measures, staging)
        }
        return .made(
            MadeOutputs(
                staging: staging, root: root, attributes: attributes, graph: graph, user: user?.uid,
                mayBeShared: plan.network == .host, logTail: tail, measures: measures))
    }

    private func plan(
        _ attributes: DerivationAttributes, flavor: BuildFlavor, root: String, user: BuildUsers.Lease?
    ) async throws -> SandboxPlan {
        let options = context.options
        let folder = conditions.buildFolder ?? flavor.buildFolder(of: path)
        let environment = try BuildEnvironment(
            attributes, flavor: flavor, buildFolder: folder, cores: conditions.cores ?? options.cores,
            impure: options.impureEnvironment, graph: try await exportableGraph(attributes))
        var inputs: [(path: StorePath, place: String)] = []
        for input in graph.inputs.sorted() {
            inputs.append((input, context.place(of: try graph.info(of: input))))
        }
        let sandbox = BuildSandbox(
            derivation: derivation, flavor: flavor, environment: environment, buildFolder: folder, inputs: inputs,
            options: options, outside: user.map { .buildUser(uid: $0.uid, gid: $0.gid) } ?? .caller)
        var plan = sandbox.plan(root: root)
        conditions.adjust(&plan)
        return plan
    }

    /// The graph with the outputs of derivations among the inputs, where `exportReferencesGraph` may want to hand them
    /// on.
    private func exportableGraph(_ attributes: DerivationAttributes) async throws -> InputGraph {
        let isAsked =
            attributes.structured?[ByteString(ReferencesGraphFiles.attribute)] != nil
            || derivation.value(of: ReferencesGraphFiles.attribute) != nil
        let derivations = isAsked ? graph.inputs.filter(\.isDerivation) : []
        guard !derivations.isEmpty else { return graph }
        let library = context.library
        let outputs = try await OffThread.run { () throws(BuildingError) in
            var outputs: [StorePath: [StorePath]] = [:]
            for path in derivations { outputs[path] = try library.load(path).outputs.map(\.path) }
            return outputs
        }
        let made = outputs.values.flatMap { $0 }
        let valid = try await storeAnswer { try await context.store.validPaths(among: made) }
        let infos = try await storeAnswer { try await context.store.closureInfos(of: valid.sorted()) }
        var known = graph.infos
        for info in infos { known[info.path] = info }
        // Outputs that are not there are told about only when something asks for them.
        return InputGraph(inputs: graph.inputs, infos: known, derivationOutputs: outputs)
    }

    private func runBuiltin(
        _ attributes: DerivationAttributes, root: String, staging: StagingFolder, log: BuildLogWriter,
        _ measures: inout BuildMeasures
    ) async throws -> End {
        onEvent(.started(derivation: path))
        let clock = ContinuousClock()
        let start = clock.now
        let output = root + derivation.outputs[0].path.path
        do {
            let download = try BuiltinDownload(derivation, context: context, graph: graph)
            try WorkFolder.make(root + derivation.directory.path)
            try await download.run(to: output, log: log)
        } catch {
            let (tail, size, _) = log.finish()
            measures.logBytes = size
            measures.wall = clock.now - start
            let kind =
                switch error {
                case let error as BuildingError: BuildFailure.Kind(error)
                case let refusal as Refusal: refusal.kind
                default: BuildFailure.Kind.download("\(error)")
                }
            return .failed(BuildFailure(Task.isCancelled ? .cancelled : kind, logTail: tail), measures, staging)
        }
        let (tail, size, _) = log.finish()
        measures.logBytes = size
        measures.wall = clock.now - start
        return .made(
            MadeOutputs(
                staging: staging, root: root, attributes: attributes, graph: graph, user: nil, mayBeShared: false,
                logTail: tail, measures: measures))
    }

    /// Moves the build folder of a failed build to where a person can look at it.
    private func keep(_ folder: String) -> String? {
        let kept = "\(context.store.folder)/failed"
        guard (try? WorkFolder.make(kept)) != nil else { return nil }
        for number in 0..<1000 {
            let place = "\(kept)/\(path.name)-\(number)"
            guard mkdir(place, 0o755) == 0 else { continue }
            // An empty folder is replaced.
            return rename(folder, place) == 0 ? place : nil
        }
        return nil
    }
}
