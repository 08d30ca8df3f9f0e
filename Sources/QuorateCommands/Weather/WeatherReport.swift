internal import StoreFormats
internal import Verification

/// What asking all servers gave.
struct WeatherReport: Sendable {
    var servers: [ServerWeather] = []
    /// How many paths were asked about.
    var total = 0
    /// Paths that one server at least has.
    var found: Set<StorePath> = []
    /// Paths of which servers state different outcomes.
    var differing: [StorePath] = []
    /// Paths that nobody was asked about: there is no server for their store.
    var unasked: [StorePath] = []
    var wanted = WantedPaths()

    /// Whether every server has everything that it was asked about, and somebody was asked about everything.
    var status: ExitStatus {
        !servers.isEmpty && unasked.isEmpty && servers.allSatisfy { $0.found == $0.asked } ? .ok : .short
    }

    /// Paths that no server has, sorted.
    var missingEverywhere: [StorePath] {
        Set(servers.flatMap(\.missing)).subtracting(found).sorted()
    }
}
