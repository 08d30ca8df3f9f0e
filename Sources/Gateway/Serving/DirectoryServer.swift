internal import Hummingbird
package import Logging
internal import NIOCore
internal import ServiceLifecycle

/// Serves a folder's files over HTTP, as any static web server would: for the caches of a try-out.
package struct DirectoryServer: Service {
    private let folder: String
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// - Parameter onListening: Told the port, which the system chooses.
    package init(folder: String, logger: Logger, onListening: @escaping @Sendable (Int) async -> Void) {
        self.folder = folder
        self.logger = logger
        self.onListening = onListening
    }

    package func run() async throws {
        let router = Router()
        router.add(middleware: FileMiddleware(folder, logger: logger))
        let onListening = onListening
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0), serverName: nil),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) }, logger: logger)
        try await application.run()
    }
}

extension DirectoryServer: CustomStringConvertible {
    /// What logs call it, which would otherwise spell out all that it holds.
    package var description: String { "folder server" }
}
