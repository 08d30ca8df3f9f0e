/// How hard the gateway holds its clients to the quorum.
package enum GatewayMode: String, Sendable, CaseIterable {
    /// Passes on what any cache of the policy has signed, as an ordinary cache would, and records verdicts.
    case observe
    /// The same, with a warning for each path that is not quorate.
    case warn
    /// Serves what is quorate or self-verifying, and nothing else.
    case enforce
}

/// Who signs what the gateway serves.
package enum GatewaySigning: String, Sendable, CaseIterable {
    /// The gateway's own key, over the outcome that the ledger's verified claims give.
    case reSign = "re-sign"
    /// The builders' own signatures, each verified over exactly the agreed outcome.
    case filter
}

/// What the gateway answers when trouble of its own keeps it from deciding.
package enum TroublePolicy: String, Sendable, CaseIterable {
    /// "Not here", so that the client builds from source.
    case build
    /// A failure, so that the client stops.
    case fail
}
