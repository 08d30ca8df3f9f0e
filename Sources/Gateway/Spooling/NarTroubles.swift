internal import ClaimSources

/// Which caches lately stood still, broke off or gave another NAR: they are asked last, and what they say they have is
/// no reason to promise it.
///
/// A cache that says it does not have a NAR has told the truth; that is no trouble.
struct NarTroubles {
    /// Seconds for which trouble is remembered. It ends sooner with the first NAR that is right.
    static let memory = Duration.seconds(60)

    private var until: [String: ContinuousClock.Instant] = [:]

    /// - Parameter cache: Its address.
    func has(_ cache: String, at now: ContinuousClock.Instant) -> Bool { until[cache].map { $0 > now } ?? false }

    mutating func note(_ cache: String, at now: ContinuousClock.Instant) { until[cache] = now + Self.memory }

    mutating func forget(_ cache: String) { until[cache] = nil }

    /// Whether an error of a download says something about the cache that it came from.
    static func isCaches(_ error: any Error) -> Bool {
        switch error {
        case is WrongNar, is SlowDownload: true
        case let trouble as SourceTrouble: trouble.kind != .status
        default: false
        }
    }
}
