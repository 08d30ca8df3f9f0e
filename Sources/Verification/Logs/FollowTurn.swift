internal import DurableFiles
internal import Synchronization

/// Waits for a log's turn while another process follows it.
enum FollowTurn {
    /// A process that is only looking whether there is something new is done by then.
    private static let patience = Duration.seconds(2)

    /// Holds the turn as long as it lives.
    struct Held: Sendable {
        fileprivate let lock: FollowLock?
    }

    /// - Parameter path: Nil where nothing is kept, and so nobody is in the way.
    /// - Returns: Nil when another process keeps the log busy.
    static func take(_ path: String?) async -> Held? {
        guard let path else { return Held(lock: nil) }
        let end = ContinuousClock.now + patience
        while true {
            do throws(FileFailure) {
                if let lock = try FollowLock(path) { return Held(lock: lock) }
            } catch {
                // A folder in which no lock can be made can be written by nobody.
                return Held(lock: nil)
            }
            guard ContinuousClock.now < end, !Task.isCancelled else { return nil }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }
}

/// Adds up how far several logs were read.
final class FollowProgress: Sendable {
    private let counts: Mutex<[(read: UInt64, of: UInt64)]>
    private let report: @Sendable (UInt64, UInt64) -> Void

    init(logs: Int, report: @escaping @Sendable (UInt64, UInt64) -> Void) {
        counts = Mutex(Array(repeating: (0, 0), count: logs))
        self.report = report
    }

    func note(_ read: UInt64, of size: UInt64, log: Int) {
        let sum = counts.withLock { counts in
            counts[log] = (read, size)
            return counts.reduce((0, 0)) { ($0.0 + $1.read, $0.1 + $1.of) }
        }
        report(sum.0, sum.1)
    }
}
