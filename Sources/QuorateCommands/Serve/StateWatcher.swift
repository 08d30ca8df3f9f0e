internal import DurableFiles
internal import Logging
internal import ServiceLifecycle

/// Watches files and acts when another program has changed one.
struct StateWatcher: Service {
    private let paths: [String]
    /// The files as they were before they were read: a change since then is not missed.
    private let before: [FileStatus?]
    private let logger: Logger
    private let onChange: @Sendable () throws -> Void

    /// - Parameters:
    ///   - before: ``marks(_:)`` from before the files were read.
    ///   - onChange: Tells in the log what it did; what it throws is told there too.
    init(
        paths: [String], before: [FileStatus?], logger: Logger, onChange: @escaping @Sendable () throws -> Void
    ) {
        self.paths = paths
        self.before = before
        self.logger = logger
        self.onChange = onChange
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var last = before
            while !Task.isCancelled {
                // Twice a second: a revocation has to count within one.
                try? await Task.sleep(for: .milliseconds(500))
                let now = Self.marks(paths)
                guard now != last else { continue }
                last = now
                do {
                    try onChange()
                } catch {
                    // The old ones still count: nothing that was refused is served because a file is damaged.
                    logger.error("\(error)")
                }
            }
        }
    }

    /// What tells whether the files have changed.
    static func marks(_ paths: [String]) -> [FileStatus?] { paths.map { FileStatus(path: $0) } }
}

extension StateWatcher: CustomStringConvertible {
    /// What logs call it, which would otherwise spell out all that it holds.
    var description: String { "state watcher" }
}
