package import ArgumentParser
internal import Gateway
internal import Glibc
internal import LocalStore
internal import Logging
internal import Observability
internal import ServiceLifecycle
internal import StoreFormats
internal import UnixSignals

/// `quorate store serve`: the store as a binary cache over HTTP, made as it is asked for.
package struct StoreServeCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve paths of the store over HTTP as a signed binary cache.",
        discussion: """
            Everything is made when it is asked for; for many clients 'quorate store publish' writes a folder once. With
            paths, these and all they refer to are served, without any, the whole store. The key signs what this store
            built and what its path commits to. Ends on SIGTERM or Ctrl-C.

            Examples:
              quorate store serve --key cache.key --listen 0.0.0.0:8422
              quorate store serve --key cache.key --compression zstd ./result
            """)

    @OptionGroup package var storeOptions: StoreOptions
    @OptionGroup package var signing: CacheSigningOptions

    @Option(help: ArgumentHelp("Address and port.", valueName: "host:port"))
    package var listen = "127.0.0.1:8422"

    @Option(help: ArgumentHelp("How NARs are sent.", valueName: "format"))
    package var compression = CompressionChoice.none

    @Option(help: "How early clients ask this cache: lower numbers before higher ones.")
    package var priority = 40

    @Flag(help: "Serve /gnu/store, not /nix/store.")
    package var gnu = false

    @OptionGroup package var logging: LogLevelOption

    @Argument(help: "Store paths or links to them; '-' for lines on standard input.")
    package var paths: [String] = []

    package init() {}

    package func validate() throws {
        guard ListenAddress(listen) != nil else {
            throw ValidationError("--listen: expected HOST:PORT, got '\(listen)'")
        }
        guard (0...Int(Int32.max)).contains(priority) else { throw ValidationError("--priority: 0 or above") }
    }

    package func run() async throws {
        guard let address = ListenAddress(listen) else {
            throw CommandError(.usage, "store serve: an option that cannot be read")
        }
        let terminal = Terminal.standard(color: .auto)
        let signer = try signing.signer()
        let store = try await storeOptions.open()
        let named = paths.isEmpty ? nil : try StorePathArguments.read(paths, in: store.folder)
        let directory = named?.first?.directory ?? (gnu ? .gnu : .nix)
        let served = try await CommandError.translating { () async throws -> Set<StorePath>? in
            guard let named else { return nil }
            try await store.protect(named)
            return Set(try await store.closure(of: named))
        }
        LoggingSetup(level: logging.level).bootstrap { terminal.errors.raw($0) }
        var logger = Logger(label: "cache")
        logger.logLevel = logging.level
        _ = OpenFiles.raiseLimit()
        let cache = try LiveCache(
            store: store, directory: directory, served: served, signer: signer, compression: compression.compression,
            priority: priority)
        let server = CacheServer(
            host: address.host, port: address.port, contents: cache, logger: logger
        ) { port in
            terminal.output.line("Listening on http://\(address.hostForURL):\(String(port))")
            if let key = signer.key { terminal.output.line("Public key: \(key.publicKey)") }
        }
        if signer.key == nil {
            terminal.errors.line(
                "quorate: \("warning", .yellow): nothing is signed here: clients refuse it; give a key with --key")
        }
        let services = ServiceGroupConfiguration(
            services: [server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        do {
            try await ServiceGroup(configuration: services).run()
        } catch {
            throw CommandError(.unavailable, "cannot serve on \(listen): \(error)")
        }
        try terminal.checkOutput()
    }
}
