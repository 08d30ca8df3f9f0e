internal import ServiceLifecycle
internal import UnixSignals

/// Takes SIGHUP, which would end the program, as the question what has changed.
struct HangUpListener: Service {
    private let onSignal: @Sendable () -> Void

    init(onSignal: @escaping @Sendable () -> Void) { self.onSignal = onSignal }

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() { onSignal() }
    }
}

extension HangUpListener: CustomStringConvertible {
    /// What logs call it.
    var description: String { "signals" }
}
