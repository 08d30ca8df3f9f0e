internal import Observability
internal import Quorum
internal import Verification

/// How the logs that a gateway follows stand, for `/metrics`.
struct LogFigures: Sendable {
    let metrics: PrometheusRegistry

    private static let standings: [LogStatus.Standing] = [
        .current, .behind, .unreachable, .unbelieved, .rolledBack, .frozen, .forked,
    ]

    /// Takes note of what came of following a log.
    /// - Parameter time: When it was followed.
    func note(_ status: LogStatus, at time: Timestamp) {
        let log = ("log", status.log.origin)
        func gauge(_ name: String, _ help: String) -> PrometheusGauge {
            metrics.gauge("quorate_followed_log_\(name)", help: help, labels: MetricLabels([log]))
        }
        gauge("looked_timestamp_seconds", "When the log was last looked at.").set(Double(time.secondsSince1970))
        if let size = status.size { gauge("entries", "Entries of the newest believed checkpoint.").set(Double(size)) }
        gauge("read_entries", "Entries of it that were read.").set(Double(status.read))
        if let seen = status.witnessedAt {
            gauge("witnessed_timestamp_seconds", "The moment up to which enough witnesses have seen the log.")
                .set(Double(seen.secondsSince1970))
        }
        for standing in Self.standings {
            metrics.gauge(
                "quorate_followed_log_standing", help: "1 for how the log stands, 0 for how it does not.",
                labels: MetricLabels([log, ("standing", standing.rawValue)])
            ).set(status.standing == standing ? 1 : 0)
        }
    }
}
