internal import Gateway
internal import Logging
internal import Quorum
internal import ServiceLifecycle
internal import Verification

/// Follows a policy's logs while a gateway runs: new claims change its decisions, and so does a log that goes wrong.
struct LogWatch: Service {
    /// Between two looks. A checkpoint is a few hundred bytes, and a claim is rarely needed in the minute it was made.
    private static let interval = Duration.seconds(60)

    let logs: LogSet
    let gateway: Gateway
    let figures: LogFigures
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            // Without logs there is nothing to do, and a service that returns would end the others.
            while !Task.isCancelled {
                if !logs.logs.isEmpty { await follow() }
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    private func follow() async {
        let before = logs.standing(at: SystemClock.now)
        var options = FollowOptions()
        let gateway = gateway
        options.onClaims = { claims in gateway.invalidate(Array(Set(claims.map(\.subject)))) }
        // What was told is told again when it changes, and not every minute.
        let told = logs.lastMessages
        for (status, last) in zip(await logs.follow(options), told) {
            figures.note(status, at: SystemClock.now)
            if status.newClaims > 0 {
                logger.info(
                    "new claims in a log", metadata: ["log": "\(status.log.origin)", "claims": "\(status.newClaims)"])
            }
            guard let message = status.message, message != last else { continue }
            let level: Logger.Level = status.isAlarm ? .error : status.standing == .behind ? .info : .warning
            logger.log(
                level: level, "\(message)",
                metadata: ["log": "\(status.log.origin)", "standing": "\(status.standing.rawValue)"])
        }
        if logs.standing(at: SystemClock.now) != before { gateway.invalidate() }
    }
}

extension LogWatch: CustomStringConvertible {
    /// What logs call it, which would otherwise spell out all that it holds.
    var description: String { "log watch" }
}
