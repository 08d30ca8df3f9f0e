internal import Synchronization

/// Ends a download whose server stands still or lets its bytes drip, so that the next one is asked in good time.
///
/// Only waiting for the server counts, never our own writing.
final class DownloadPace: Sendable {
    /// The lowest rate that is waited for.
    private static let leastBytesPerSecond: Double = 8192

    private struct State {
        var bytes = 0.0
        var waited = Duration.zero
        /// When the wait under way began; nil while bytes are worked on.
        var since: ContinuousClock.Instant? = .now
    }
    private let state = Mutex(State())
    private let patience: Duration

    /// - Parameter patience: Longest wait for the first byte, and for the next.
    init(patience: Duration) { self.patience = patience }

    /// A piece has come.
    func began(_ count: Int) {
        state.withLock { state in
            if let since = state.since { state.waited += .now - since }
            state.since = nil
            state.bytes += Double(count)
        }
    }

    /// The piece is worked up; the next is waited for.
    func ended() { state.withLock { $0.since = .now } }

    /// Runs `body`, ending it when it is too slow.
    /// - Throws: ``SpoolError`` for a server that is too slow, or what `body` throws.
    func watch(_ body: @escaping @Sendable (DownloadPace) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body(self) }
            group.addTask {
                while true {
                    try await Task.sleep(for: self.patience / 8)
                    try self.check()
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func check() throws {
        let state = state.withLock { $0 }
        let waiting = state.since.map { ContinuousClock.now - $0 } ?? .zero
        guard waiting < patience else { throw SpoolError("nothing came for \(patience)") }
        guard state.waited + waiting < patience + .seconds(state.bytes / Self.leastBytesPerSecond) else {
            throw SpoolError("slower than \(Int(Self.leastBytesPerSecond)) bytes/s")
        }
    }
}
