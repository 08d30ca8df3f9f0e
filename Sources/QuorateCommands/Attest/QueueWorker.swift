internal import Quorum
internal import StoreFormats

/// Works off the queue of builds that wait to be attested.
struct QueueWorker: Sendable {
    let queue: AttestQueue
    let finder: LocalBuildFinder
    let attestor: Attestor

    /// A cache may list a path days after it was built here, or never.
    private static let patience: Int64 = 30 * 24 * 3600

    /// Works off what waits. What is attested, or never will be, leaves the queue; what no cache lists yet
    /// goes on waiting, for 30 days.
    ///
    /// - Parameter waits: Whether to wait until all of it is covered by a published checkpoint.
    func work(waits: Bool) async throws -> AttestReport {
        let items = try queue.items()
        var outputs: [StorePath: [StorePath]] = [:]
        for path in Set(items.flatMap(\.paths)) {
            outputs[path] = path.isDerivation ? try await finder.outputs(of: path) : [path]
        }
        let paths = Set(outputs.values.joined()).sorted()
        guard !paths.isEmpty else { return AttestReport(entries: []) }
        let report = try await attestor.attest(try await finder.questions(paths), waits: waits)
        guard attestor.sink != nil else { return report }
        let open = Set(report.entries.filter(\.finding.isOpen).map(\.path))
        for item in items {
            let isTooOld = SystemClock.now.secondsSince1970 - item.addedAt > Self.patience
            let isOpen = item.paths.contains { outputs[$0]?.contains(where: open.contains) == true }
            if !isOpen || isTooOld { queue.remove(item) }
        }
        return report
    }
}
