internal import Building
internal import LocalStore
internal import StoreFormats
internal import Verification

/// What a build really did, for people and programs.
struct BuildSummary {
    private let report: BuildReport
    private let counts: BuildDisplay.Counts
    private let store: LocalStore

    init(_ report: BuildReport, counts: BuildDisplay.Counts, store: LocalStore) {
        self.report = report
        self.counts = counts
        self.store = store
    }

    /// The targets that are there, in the order in which they were asked for.
    var results: [PathInfo] { report.plan.targets.compactMap { report.realised[$0] } }

    /// What cannot be had although nothing failed.
    func printTroubles(to terminal: Terminal) {
        for unknown in report.plan.unknown {
            terminal.errors.line("\("error", [.bold, .red]): \(BuildForecast.words(unknown))")
        }
    }

    func print(to terminal: Terminal) {
        terminal.output.lines(results.map { StyledText($0.path.path) })
        terminal.errors.line(line)
    }

    private var line: StyledText {
        var parts: [StyledText] = []
        if counts.built > 0 { parts.append("\(counts.built.grouped) built") }
        if counts.builtElsewhere > 0 { parts.append("\(counts.builtElsewhere.grouped) built by another process") }
        if counts.fetched > 0 {
            parts.append("\(counts.fetched.grouped) fetched (\(ByteSize(counts.fetchedBytes).description))")
        }
        if counts.failed > 0 { parts.append("\(counts.failed.grouped, [.bold, .red]) failed") }
        if !report.missing.isEmpty { parts.append("\(report.missing.count.grouped) of those asked for are missing") }
        if parts.isEmpty { parts.append("everything was there") }
        return parts.joined(separator: ", ") + " \("(\(counts.elapsed.brief))", .dim)"
    }

    // MARK: - JSON

    private struct Document: Encodable {
        let version = 1
        let complete: Bool
        let store: String
        let seconds: Double
        let fetched: Int
        let fetchedBytes: UInt64
        let targets: [Target]
        let builds: [Build]
        let unknown: [BuildForecast.Unknown]
        let fetchTroubles: [String: String]
    }

    private struct Target: Encodable {
        let path: String
        let valid: Bool
        let location: String?
        let outcome: Outcome?
    }

    private struct Outcome: Encodable {
        let narHash: String
        let narSize: UInt64
        let references: [String]
        let origin: String

        init(_ info: PathInfo) {
            narHash = "sha256:\(info.narHash.hex)"
            narSize = info.narSize
            references = info.references.map(\.path)
            origin = info.origin.rawValue
        }
    }

    private struct Build: Encodable {
        let derivation: String
        /// `built`, `already-valid`, `failed` or `not-tried`.
        let result: String
        let outputs: [String: String]?
        let reason: String?
        let logTail: [String]?
        let seconds: Double?
        let processorSeconds: Double?
        let peakMemory: UInt64?
        let logBytes: UInt64?

        init(_ derivation: StorePath, _ outcome: BuildOutcome) {
            self.derivation = derivation.path
            var measures: BuildMeasures?
            switch outcome {
            case .built(let built):
                result = "built"
                outputs = built.outputs.mapValues(\.path.path)
                (reason, logTail) = (nil, nil)
                measures = built.measures
            case .alreadyValid(let valid):
                result = "already-valid"
                outputs = valid.mapValues(\.path.path)
                (reason, logTail) = (nil, nil)
            case .failed(let failure, let taken):
                if case .dependency = failure.kind { result = "not-tried" } else { result = "failed" }
                outputs = nil
                reason = failure.message(for: derivation)
                logTail = failure.logTail
                measures = taken
            }
            seconds = measures.map { $0.wall / .seconds(1) }
            processorSeconds = measures.map { $0.processor / .seconds(1) }
            peakMemory = measures?.peakMemory
            logBytes = measures?.logBytes
        }
    }

    func json() throws -> [UInt8] {
        try VerdictReport.encode(
            Document(
                complete: report.isComplete, store: store.folder, seconds: counts.elapsed / .seconds(1),
                fetched: counts.fetched, fetchedBytes: counts.fetchedBytes,
                targets: report.plan.targets.map { path in
                    let info = report.realised[path]
                    return Target(
                        path: path.path, valid: info != nil, location: info.map(store.location),
                        outcome: info.map(Outcome.init))
                },
                builds: report.outcomes.sorted { $0.key < $1.key }.map(Build.init),
                unknown: report.plan.unknown.map(BuildForecast.Unknown.init),
                fetchTroubles: Dictionary(
                    report.fetchTroubles.map { ($0.key.path, $0.value) }, uniquingKeysWith: { first, _ in first })))
    }
}
