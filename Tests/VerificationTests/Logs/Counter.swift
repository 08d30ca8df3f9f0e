import Synchronization

/// Counts from any thread.
final class Counter: Sendable {
    private let state = Mutex<(claims: Int, progress: [(read: Int, of: Int)])>((0, []))

    func add(_ count: Int) { state.withLock { $0.claims += count } }
    func note(_ read: Int, _ of: Int) { state.withLock { $0.progress.append((read, of)) } }

    var claims: Int { state.withLock { $0.claims } }
    var progress: [(read: Int, of: Int)] { state.withLock { $0.progress } }
}
