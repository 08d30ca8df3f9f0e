package import NIOCore

/// The bounds of asking one origin small questions.
package struct HTTPLimits: Sendable {
    /// Longest body of one answer. A narinfo with 10,000 references has about 500 kB.
    package var bodyBytes = 1 << 20
    /// How long one answer may take, counted from the answer before it on the same connection.
    package var answerTime: TimeAmount = .seconds(5)
    /// How long connecting may take, TLS included.
    package var connectTime: TimeAmount = .seconds(5)
    /// Connections to one origin at a time.
    package var connections = 4
    /// Requests under way on one connection. More gains nothing once the round trip is hidden.
    package var window = 64
    /// After this many failed connections within a batch the rest of the batch is not tried.
    package var failures = 3

    package init() {}

    /// The usual bounds with one time for an answer and for connecting.
    package init(deadline: Duration) {
        answerTime = TimeAmount(deadline)
        connectTime = answerTime
    }
}
