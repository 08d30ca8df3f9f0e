internal import Synchronization

/// Ends a download whose server stands still or lets its bytes drip, so that the next one is asked in good time.
///
/// Only waiting for the server counts, never our own writing.
final class DownloadPace: Sendable {
    /// The lowest rate that is waited for. What a server compresses while it sends comes slowly, so what counts is what
    /// the bytes hold.
    private static let leastBytesPerSecond: Double = 8192

    /// How long a server may keep somebody waiting.
    struct Patience: Sendable {
        /// For the first byte.
        let first: Duration
        /// For each next one.
        let next: Duration

        /// The silence after which a server stands still: it may go on, but nobody counts on it.
        var standstill: Duration { Self.moment(of: next) }

        /// A quarter of some time, but no less than a second, which is nothing unusual on a long way.
        static func moment(of time: Duration) -> Duration { min(time, max(time / 4, .seconds(1))) }
    }

    private struct State {
        var received = 0.0
        var held = 0.0
        var waited = Duration.zero
        /// When the wait under way began; nil while bytes are worked on.
        var since: ContinuousClock.Instant? = .now

        var bytes: Double { max(received, held) }

        var waiting: Duration { since.map { .now - $0 } ?? .zero }
    }
    private let state = Mutex(State())
    private let patience: Patience
    private let start = ContinuousClock.now
    private let onStandstill: @Sendable () -> Void

    /// - Parameter onStandstill: Told when the server stands still, perhaps more than once.
    init(patience: Patience, onStandstill: @escaping @Sendable () -> Void = {}) {
        self.patience = patience
        self.onStandstill = onStandstill
    }

    /// Of one of several servers that are asked one after the other.
    convenience init(sharing patience: Duration, among count: Int) {
        self.init(patience: Patience(first: patience / max(1, count), next: patience))
    }

    /// How long it is under way.
    var age: Duration { .now - start }

    /// Whether bytes have come, come now, and come at a rate at which the whole will.
    var isFlowing: Bool {
        let state = state.withLock { $0 }
        return state.received > 0 && state.waiting < patience.standstill
            && state.waited + state.waiting < patience.next / 2 + .seconds(state.bytes / Self.leastBytesPerSecond)
    }

    /// A piece has come.
    func began(_ count: Int) {
        state.withLock { state in
            state.waited += state.waiting
            state.since = nil
            state.received += Double(count)
        }
    }

    /// The piece is worked up; the next is waited for.
    /// - Parameter held: How many bytes all pieces so far hold, decompressed.
    func ended(held: UInt64) {
        state.withLock { state in
            state.since = .now
            state.held = Double(held)
        }
    }

    /// A piece has come that takes no time to work up.
    func took(_ count: Int) {
        began(count)
        state.withLock { $0.since = .now }
    }

    /// Runs `body`, ending it when it is too slow.
    /// - Throws: ``SlowDownload``, or what `body` throws.
    func watch(_ body: @escaping @Sendable (DownloadPace) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body(self) }
            group.addTask {
                while true {
                    try await Task.sleep(for: min(self.patience.first, self.patience.next) / 8)
                    try self.check()
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func check() throws {
        let state = state.withLock { $0 }
        let hasBegun = state.received > 0
        let patience = hasBegun ? patience.next : patience.first
        let waiting = state.waiting
        if waiting >= self.patience.standstill { onStandstill() }
        guard waiting < patience else { throw SlowDownload("nothing came for \(patience)", hasBegun: hasBegun) }
        guard state.waited + waiting < patience + .seconds(state.bytes / Self.leastBytesPerSecond) else {
            throw SlowDownload("slower than \(Int(Self.leastBytesPerSecond)) bytes/s", hasBegun: hasBegun)
        }
    }
}

/// A server stood still, or let its bytes drip.
struct SlowDownload: Error, CustomStringConvertible {
    let description: String
    /// Whether any byte had come.
    let hasBegun: Bool

    init(_ description: String, hasBegun: Bool) {
        self.description = description
        self.hasBegun = hasBegun
    }
}
