package import LocalStore
package import StoreFormats

/// Makes store paths valid: takes them from where they are, fetches them, or builds them.
package final class Builder: Sendable {
    let context: BuildContext
    private let files: DerivationFiles

    /// How often a plan is made anew after fetches failed. Each time at least one path more is built instead.
    private static let maximumRounds = 64

    /// - Parameters:
    ///   - store: Where results go.
    ///   - hosts: The stores of this machine's package managers, which are read.
    ///   - derivations: Derivations in files.
    ///   - substituter: Where finished paths come from.
    ///   - fetcher: What downloads for `builtin:fetchurl`; nil: such derivations are refused.
    package init(
        store: LocalStore, hosts: [any ForeignStore] = [], derivations: DerivationFiles = DerivationFiles(),
        substituter: (any Substituter)? = nil, fetcher: (any FileFetcher)? = nil, options: BuildOptions = BuildOptions()
    ) {
        files = derivations
        let places: @Sendable (StorePath) -> [String] = { path in
            [store.physicalPath(of: path)]
                + hosts.filter { $0.directory == path.directory }.map { $0.physicalPath(of: path) }
        }
        let users: BuildUsers? =
            switch options.identity {
            case .caller: nil
            case .buildUsers(let uids, let gid): BuildUsers(uids: uids, gid: gid)
            }
        context = BuildContext(
            store: store, hosts: hosts, library: DerivationLibrary(files: derivations, places: places),
            substituter: substituter, fetcher: fetcher, users: users,
            logs: BuildLogStore(folder: options.logFolder ?? "\(store.folder)/log"),
            // One in use for each builder, and as many whose outputs are being registered.
            folders: WorkFolders(store: store, most: 2 * options.jobs), options: options)
    }

    /// The logs of what was built here.
    package var logs: BuildLogStore { context.logs }

    /// A derivation by its path, with every output path of it, and of all that it depends on, computed again.
    ///
    /// - Throws: ``BuildingError/Code/notFound``, ``BuildingError/Code/invalidDerivation``,
    ///   ``BuildingError/Code/notSupported``.
    package func derivation(_ path: StorePath) async throws(BuildingError) -> Derivation {
        let library = context.library
        return try await OffThread.run { () throws(BuildingError) in try library.checked(path) }
    }

    /// A derivation by its path, unchecked; nil when it is in no place that is looked into.
    ///
    /// - Throws: As ``derivation(_:)`` does, but for ``BuildingError/Code/notFound``.
    package func reading(_ path: StorePath) async throws(BuildingError) -> Derivation? {
        let library = context.library
        return try await OffThread.run { () throws(BuildingError) -> Derivation? in
            do throws(BuildingError) {
                return try library.load(path)
            } catch {
                guard error.code == .notFound else { throw error }
                return nil
            }
        }
    }

    /// What would have to happen to have some targets. Changes nothing.
    package func plan(_ targets: [BuildTarget]) async throws(BuildingError) -> BuildPlan {
        try await plan(targets, without: [])
    }

    /// Makes targets valid.
    ///
    /// - Returns: What came of it: failures of builds are in there.
    /// - Throws: ``BuildingError`` when it could not begin.
    package func realise(
        _ targets: [BuildTarget], onEvent: @escaping @Sendable (BuildEvent) -> Void = { _ in }
    ) async throws(BuildingError) -> BuildReport {
        try await follow(try await plan(targets), onEvent: onEvent)
    }

    /// Follows a plan. Where fetches fail, what they were for is planned again and built.
    package func follow(
        _ plan: BuildPlan, onEvent: @escaping @Sendable (BuildEvent) -> Void = { _ in }
    ) async throws(BuildingError) -> BuildReport {
        var plan = plan
        var report = BuildReport(plan: plan)
        for _ in 0..<Self.maximumRounds {
            onEvent(.planned(plan))
            let infos = try await prepare(plan)
            let failed = Dictionary(
                uniqueKeysWithValues: report.failures.compactMap { failure in
                    report.outcomes[failure.derivation].map { (failure.derivation, $0) }
                })
            var session = BuildSession(
                plan, context: context, infos: infos, failedBefore: failed, onEvent: onEvent)
            let end = await session.run()
            report.outcomes.merge(end.outcomes) { _, new in new }
            let newTroubles = end.fetchTroubles.filter { report.fetchTroubles[$0.key] == nil }
            report.fetchTroubles.merge(end.fetchTroubles) { first, _ in first }
            let hasFailed = !report.failures.isEmpty && !context.options.keepsGoing
            guard !newTroubles.isEmpty, !hasFailed, !Task.isCancelled else { break }
            plan = try await self.plan(plan.requested, without: Set(report.fetchTroubles.keys))
        }
        await context.folders.removeAll()
        let targets = plan.targets
        // Asked by a task of its own, so that one that was cancelled still tells what is there.
        let store = context.store
        let answer = await Task { try await store.infos(of: targets) }.result
        report.realised = try await storeAnswer { try answer.get() }
        report.missing = targets.filter { report.realised[$0] == nil }
        return report
    }

    private func plan(
        _ targets: [BuildTarget], without failed: Set<StorePath>
    ) async throws(BuildingError) -> BuildPlan {
        var planner = BuildPlanner(
            store: context.store, hosts: context.hosts, library: context.library, substituter: context.substituter,
            options: context.options, failedFetches: failed)
        for (path, derivation) in files.derivations {
            for output in derivation.outputs { planner.knownMakers[output.path] = path }
        }
        return try await planner.plan(targets)
    }

    /// Keeps garbage collections away from what a plan is about, and records what stays in the host's store.
    ///
    /// - Returns: What is known of all that is valid of it, with everything that it refers to.
    func prepare(_ plan: BuildPlan) async throws(BuildingError) -> [StorePath: PathInfo] {
        let store = context.store
        let hosts = context.hosts
        let made = plan.derivations.values.flatMap { $0.outputs.map(\.path) }
        let isWork = !plan.builds.isEmpty || !plan.fetches.isEmpty
        let known = try await storeAnswer {
            try await store.protect(Array(plan.present.keys) + made + plan.fetches.map(\.offer.info.path))
            var known = plan.present
            for host in hosts {
                let paths = plan.host.keys.filter { $0.directory == host.directory }
                guard !paths.isEmpty else { continue }
                let infos = try await host.closureInfos(of: paths.sorted())
                try await store.protect(infos.map(\.path))
                try await store.register(infos.map { NewPath(info: $0, from: nil) })
                for info in infos { known[info.path] = info }
            }
            guard isWork else { return known }
            for info in try await store.closureInfos(of: known.keys.sorted()) { known[info.path] = info }
            return known
        }
        let planned = Set(made + plan.fetches.map(\.offer.info.path))
        if isWork, let lost = known.values.first(where: { hosts.hasLost($0) && !planned.contains($0.path) }) {
            throw BuildingError(
                .notFound,
                "'\(lost.path)' was in the host's store and is gone, and what is here refers to it: build it again by its"
                    + " derivation, or forget what needs it (quorate store gc)")
        }
        return known
    }
}
