/// Attests what post-build hooks put into the queue, for as long as the log's server runs.
package struct AttestService: Sendable {
    private let workplace: Workplace
    private let site: BuilderSite
    private let store: String
    private let policyFile: String?
    private let patterns: [String]
    private let note: @Sendable (String) -> Void

    /// How often the queue is looked at; a look is one question about the folder's time.
    private static let pause = Duration.seconds(2)
    /// How often what waits is tried again although nothing came: much of it waits for a cache to list it.
    private static let retry = Duration.seconds(600)

    /// - Parameters:
    ///   - store: The folder of Quorate's store.
    ///   - policyFile: The policy, of which the caches say what is public; nil for the default one.
    ///   - patterns: Names that may be made public besides.
    ///   - note: Is told what was attested and what went wrong, in one line each.
    package init(
        workplace: Workplace, site: BuilderSite, store: String, policyFile: String? = nil, patterns: [String] = [],
        note: @escaping @Sendable (String) -> Void
    ) {
        self.workplace = workplace
        self.site = site
        self.store = store
        self.policyFile = policyFile
        self.patterns = patterns
        self.note = note
    }

    /// Goes on until the task is cancelled. Trouble never ends it.
    ///
    /// - Parameter sink: The log, which this process writes.
    package func run(into sink: SequencerSink) async {
        let queue = AttestQueue(folder: workplace.places.queue)
        var stamp: Int64?
        var last = ContinuousClock.now
        while !Task.isCancelled {
            let now = queue.stamp()
            if now != stamp || ContinuousClock.now - last > Self.retry {
                do {
                    try await work(queue, sink)
                    stamp = now
                } catch {
                    note("the queue is tried again: \(CommandError(trouble: error).description)")
                    // Trouble seldom goes within seconds.
                    stamp = now
                }
                last = .now
            }
            try? await Task.sleep(for: Self.pause)
        }
    }

    /// Policy, patterns and stores are read anew each time: a server runs for months.
    private func work(_ queue: AttestQueue, _ sink: SequencerSink) async throws {
        guard try !queue.items().isEmpty else { return }
        let desk = try await AttestDesk.open(
            workplace, site, store: store, policyFile: policyFile, patterns: patterns, derivations: [], warn: note)
        let report = try await desk.use(sink: sink) { desk, attestor in
            try await QueueWorker(queue: queue, finder: desk.finder, attestor: attestor).work(waits: false)
        }
        for entry in report.entries {
            switch entry.finding {
            case .attested(let index): note("attested \(entry.path) as entry \(index)")
            case .failed(let why): note("\(entry.path): \(why)")
            default: break
            }
        }
    }
}
