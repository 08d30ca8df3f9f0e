package import Quorum

/// What one look at the logs found.
package struct MonitorReport: Sendable {
    /// One for each log, in the policy's order.
    package var statuses: [LogStatus]
    /// What a person has to look at.
    package var alarms: [MonitorAlarm]
    /// What could not be looked at, in one line each: no answer is no proof of anything.
    package var troubles: [String]
}

/// Something in a log, or between those who watch it, that does not happen by itself.
package enum MonitorAlarm: Sendable, CustomStringConvertible {
    /// A log that is forked, rolled back or frozen, as it was seen from here.
    case log(LogStatus)
    /// A witness has cosigned another history than the log shows here. `evidence` is the folder with both notes.
    case split(log: String, witness: String, why: String, evidence: String?)
    /// A witness has cosigned more than the log lets anybody read.
    case withheld(log: String, witness: String, seen: UInt64, shown: UInt64, why: String)
    /// A builder has stated different outcomes of one subject: a claim for each.
    case contradiction([Claim])
    /// A claim under one's own key that was not made here: the key is in other hands.
    case foreign(Claim)

    /// One word for programs.
    package var word: String {
        switch self {
        case .log(let status): status.standing.rawValue
        case .split: "split"
        case .withheld: "withheld"
        case .contradiction: "contradiction"
        case .foreign: "foreign"
        }
    }

    package var description: String {
        switch self {
        case .log(let status): "the log \(status.log.origin): \(status.message ?? status.standing.rawValue)"
        case .split(let log, let witness, let why, let evidence):
            "the log \(log) shows \(witness) another history than it shows here: \(why)"
                + (evidence.map { "; evidence: \($0)" } ?? "")
        case .withheld(let log, let witness, let seen, let shown, let why):
            "\(witness) has cosigned \(seen) entries of the log \(log), which shows \(shown) here and not the rest: \(why)"
        case .contradiction(let claims):
            "\(claims.first.map { "\($0.key) states \(claims.count) outcomes of \($0.subject)" } ?? ""): "
                + claims.map { "\($0.statement.words) in \($0.source)" }.joined(separator: "; ")
        case .foreign(let claim):
            "\(claim.source) holds a claim about \(claim.subject) under your key \(claim.key) that was not made here"
        }
    }
}

extension Statement {
    fileprivate var words: String {
        switch self {
        case .outcome(let outcome): outcome.description
        case .failed: "a failure"
        }
    }
}
