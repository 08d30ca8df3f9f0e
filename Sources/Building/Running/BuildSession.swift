internal import LocalStore
internal import StoreFormats

/// Follows one plan to its end. One task owns it and hands out the work; nothing here is shared.
struct BuildSession {
    /// Builds that have ended and wait for their outputs to be registered do not hold a place of their own; above this
    /// many no other is begun, so that finished outputs do not pile up.
    private static let maximumUnregistered = 64

    private let context: BuildContext
    private let plan: BuildPlan
    private let onEvent: @Sendable (BuildEvent) -> Void
    private var queue: BuildQueue
    /// What is known of valid paths: all that builds of this plan may see.
    private var infos: [StorePath: PathInfo]
    private var outcomes: [StorePath: BuildOutcome] = [:]
    private var fetchTroubles: [StorePath: String] = [:]
    private var unknownInputs: [StorePath: StorePath] = [:]
    /// How derivations of this plan have failed before: they are not tried again.
    private let failedBefore: [StorePath: BuildOutcome]

    private var running = 0
    private var fetching = 0
    private var registering = 0
    /// Whether something failed, so that nothing new is begun.
    private var isStopping = false

    /// Something that a task of this session has done.
    private enum Step: Sendable {
        /// A builder's place is free; the outputs, if there are any, go on.
        case ran(StorePath, BuildRealisation.AfterRun)
        case ended(StorePath, BuildOutcome, StagingFolder?)
        /// A folder of unfinished work is empty or gone.
        case removed
        case fetched(StorePath, Result<PathInfo, BuildingError>)
    }

    /// - Parameter infos: What is valid of what the plan needs, with its closure.
    init(
        _ plan: BuildPlan, context: BuildContext, infos: [StorePath: PathInfo],
        failedBefore: [StorePath: BuildOutcome] = [:], onEvent: @escaping @Sendable (BuildEvent) -> Void
    ) {
        self.plan = plan
        self.context = context
        self.infos = infos
        self.onEvent = onEvent
        self.failedBefore = failedBefore
        queue = BuildQueue(plan)
        for unknown in plan.unknown {
            if let user = unknown.neededBy { unknownInputs[user] = unknown.path }
        }
    }

    /// What came of it.
    struct End {
        var outcomes: [StorePath: BuildOutcome]
        var fetchTroubles: [StorePath: String]
    }

    mutating func run() async -> End {
        for (path, outcome) in failedBefore where plan.derivations[path] != nil { end(path, outcome, isNews: false) }
        for (user, path) in unknownInputs.sorted(by: { $0.key < $1.key }) { fail(user, lacking: path) }
        await withTaskGroup(of: Step.self) { group in
            begin(&group)
            while let step = await group.next() {
                take(step, &group)
                begin(&group)
            }
        }
        return End(outcomes: outcomes, fetchTroubles: fetchTroubles)
    }

    /// Begins all that may begin.
    private mutating func begin(_ group: inout TaskGroup<Step>) {
        guard !isStopping, !Task.isCancelled else { return }
        while fetching < context.options.fetches, let path = queue.nextFetch() {
            guard let fetch = plan.fetch(of: path) else { continue }
            fetching += 1
            let realisation = PathFetch(context: context, offer: fetch.offer, onEvent: onEvent)
            group.addTask { .fetched(path, await realisation.run()) }
        }
        while running < context.options.jobs, registering < Self.maximumUnregistered, let path = queue.nextBuild() {
            guard let derivation = plan.derivations[path] else { continue }
            do {
                let graph = try graph(of: derivation)
                running += 1
                let realisation = BuildRealisation(
                    context: context, path: path, derivation: derivation, graph: graph, onEvent: onEvent)
                group.addTask { .ran(path, await realisation.begin()) }
            } catch {
                end(path, .failed(BuildFailure(BuildFailure.Kind(error)), nil))
            }
        }
    }

    private mutating func take(_ step: Step, _ group: inout TaskGroup<Step>) {
        switch step {
        case .ran(let path, let after):
            running -= 1
            switch after {
            case .ended(let outcome, let folder):
                remove(folder, &group)
                end(path, outcome)
            case .made(let made):
                registering += 1
                onEvent(.registering(derivation: path))
                group.addTask { .ended(path, await made.finish(), made.outputs.staging) }
            }
        case .ended(let path, let outcome, let folder):
            registering -= 1
            remove(folder, &group)
            end(path, outcome)
        case .removed: break
        case .fetched(let path, .success(let info)):
            fetching -= 1
            infos[path] = info
            onEvent(.fetchFinished(path))
            queue.succeeded(.fetch(path))
        case .fetched(let path, .failure(let error)):
            fetching -= 1
            fetchTroubles[path] = error.message
            onEvent(.fetchFailed(path, message: error.message))
            // What needs it is planned again, without this path among the offers.
            _ = queue.failed(.fetch(path))
        }
    }

    /// Empties a folder while other work goes on; a build can leave a hundred thousand files in it.
    private func remove(_ folder: StagingFolder?, _ group: inout TaskGroup<Step>) {
        guard let folder else { return }
        let folders = context.folders
        group.addTask {
            await folders.giveBack(folder)
            return .removed
        }
    }

    private mutating func end(_ path: StorePath, _ outcome: BuildOutcome, isNews: Bool = true) {
        outcomes[path] = outcome
        if isNews { onEvent(.finished(derivation: path, outcome)) }
        switch outcome {
        case .built(let result):
            for info in result.outputs.values { infos[info.path] = info }
            queue.succeeded(.build(path))
        case .alreadyValid(let outputs):
            for info in outputs.values { infos[info.path] = info }
            queue.succeeded(.build(path))
        case .failed:
            if !context.options.keepsGoing { isStopping = true }
            for lost in queue.failed(.build(path)) {
                guard case .build(let derivation) = lost.item else { continue }
                let needed: StorePath =
                    switch lost.needed {
                    case .build(let path), .fetch(let path): path
                    }
                let outcome = BuildOutcome.failed(BuildFailure(.dependency(needed)), nil)
                outcomes[derivation] = outcome
                onEvent(.finished(derivation: derivation, outcome))
            }
        }
    }

    /// Ends a build or fetch that needs something nobody has.
    private mutating func fail(_ user: StorePath, lacking path: StorePath) {
        if plan.derivations[user] != nil {
            end(user, .failed(BuildFailure(.unknownInput(path)), nil))
        } else if plan.fetch(of: user) != nil {
            let trouble = "'\(user)' refers to '\(path)', which is in no store or cache"
            fetchTroubles[user] = trouble
            onEvent(.fetchFailed(user, message: trouble))
            _ = queue.failed(.fetch(user))
        }
    }

    /// What a derivation's builder may see: the closure of its inputs, with what is known of each path and nothing else,
    /// so that the session's own table is never copied.
    private func graph(of derivation: Derivation) throws(BuildingError) -> InputGraph {
        let starts = derivation.inputSources + plan.inputOutputs(of: derivation)
        let closure = try InputGraph(inputs: [], infos: infos).closure(of: starts)
        var known: [StorePath: PathInfo] = [:]
        known.reserveCapacity(closure.count)
        for path in closure { known[path] = infos[path] }
        return InputGraph(inputs: Set(closure), infos: known)
    }
}
