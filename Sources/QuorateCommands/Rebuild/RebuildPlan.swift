internal import Building
internal import LocalStore
internal import Quorum
internal import StoreFormats
internal import Verification

/// Which derivations are rebuilt for which paths.
struct RebuildPlan: Sendable {
    /// A path to report on, in the order asked for.
    private struct Item: Sendable {
        let path: StorePath
        let derivation: StorePath?
        let trouble: String?
    }

    private let items: [Item]

    /// Finds the derivations of what was asked for.
    /// - Parameter followsReferences: Whether everything that the paths refer to is rebuilt too. What proves itself
    ///   (sources, fixed outputs) is then left out.
    static func make(
        _ targets: [BuildTarget], followsReferences: Bool, bench: Workbench, finder: DerivationFinder
    ) async throws -> RebuildPlan {
        let makers = try await finder.makers()
        var items: [Item] = []
        var seen: Set<StorePath> = []
        for target in targets {
            switch target {
            case .derivation(let path, let selection):
                let outputs = try await finder.builder.derivation(path).outputs
                for output in outputs where selection.covers(output.name) && seen.insert(output.path).inserted {
                    items.append(Item(path: output.path, derivation: path, trouble: nil))
                }
            case .path(let path):
                let all = followsReferences ? try await closure(of: path, bench) : [path]
                for path in all where seen.insert(path).inserted {
                    switch try await finder.derivation(of: path, makers: makers) {
                    case .found(let derivation):
                        let isFixed =
                            followsReferences ? try await finder.builder.derivation(derivation).isFixed : false
                        if !isFixed { items.append(Item(path: path, derivation: derivation, trouble: nil)) }
                    case .unknown(let why):
                        if followsReferences, await isSelfVerifying(path, bench) { continue }
                        items.append(Item(path: path, derivation: nil, trouble: why))
                    }
                }
            }
        }
        return RebuildPlan(items: items)
    }

    /// Everything that a path refers to, as the first store that has it says, or as the policy's caches agree.
    private static func closure(of path: StorePath, _ bench: Workbench) async throws -> [StorePath] {
        if try await bench.store.isValid(path) { return try await bench.store.closure(of: [path]) }
        for host in bench.hosts where host.directory == path.directory {
            if try await host.info(of: path) != nil { return try await host.closure(of: [path]) }
        }
        guard let inquirer = bench.inquirer else { return [path] }
        let report = await PathVerification(
            inquirer: inquirer, maximumAge: 3600, followsReferences: true,
            terminal: Terminal.standard(color: .never)
        ).run([path])
        let found = report.entries.compactMap { entry in
            try? StorePath(entry.verdict.subject.description, in: path.directory)
        }
        return found.isEmpty ? [path] : found
    }

    /// Whether a path commits to its contents by a hash that holds.
    private static func isSelfVerifying(_ path: StorePath, _ bench: Workbench) async -> Bool {
        var infos: [PathInfo] = []
        if let info = try? await bench.store.info(of: path) { infos.append(info) }
        for host in bench.hosts where host.directory == path.directory {
            if let info = try? await host.info(of: path) { infos.append(info) }
        }
        return infos.contains { $0.contentAddress?.commitsToContent == true }
    }

    /// Rebuilds each derivation once, some at a time, and tells what came of every path.
    func run(_ work: RebuildWork, width: Int) async throws -> [RebuildReport.Entry] {
        var derivations: [StorePath] = []
        for item in items {
            if let derivation = item.derivation, !derivations.contains(derivation) { derivations.append(derivation) }
        }
        work.display.expect(builds: derivations.count * work.times)
        let finished = try await derivations.mapConcurrently(width: width) { try await work.run($0) }
        let runs = Dictionary(finished.map { ($0.derivation, $0) }, uniquingKeysWith: { $1 })
        return items.map { item in
            RebuildReport.Entry(
                path: item.path, derivation: item.derivation, run: item.derivation.flatMap { runs[$0] },
                trouble: item.trouble)
        }
    }
}
