internal import DurableFiles
internal import Logging
internal import ServiceLifecycle

/// Watches a state file and acts when another program has changed it.
struct StateWatcher: Service {
    private let path: String
    private let logger: Logger
    private let onChange: @Sendable () throws -> Void

    init(path: String, logger: Logger, onChange: @escaping @Sendable () throws -> Void) {
        self.path = path
        self.logger = logger
        self.onChange = onChange
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var last = mark()
            while !Task.isCancelled {
                // Twice a second: a revocation has to count within one.
                try? await Task.sleep(for: .milliseconds(500))
                let now = mark()
                guard now != last else { continue }
                last = now
                do {
                    try onChange()
                    logger.notice("revocations were read again")
                } catch {
                    // The old ones still count: nothing that was refused is served because a file is damaged.
                    logger.error("\(error)")
                }
            }
        }
    }

    private func mark() -> FileStatus? { FileStatus(path: path) }
}
