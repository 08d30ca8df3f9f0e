package import ArgumentParser
internal import Gateway
internal import Glibc
internal import GuixFormats
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

            With --guix, clients of Guix are served, as 'guix publish' does, and the key is one of Guix's. With
            --hash-only too, clients find nothing to download: what the key states stands below /hashes, for policies
            and for 'guix challenge'.

            Examples:
              quorate store serve --key cache.key --listen 0.0.0.0:8422
              quorate store serve --key cache.key --compression zstd ./result
              quorate store serve --guix --key signing-key.sec \\
                  --compression zstd --compression gzip
            """.flowing)

    @OptionGroup package var storeOptions: StoreOptions
    @OptionGroup package var signing: CacheSigningOptions

    @Option(help: ArgumentHelp("Address and port.", valueName: "host:port"))
    package var listen = "127.0.0.1:8422"

    @Option(
        help: ArgumentHelp(
            "How NARs are sent; none by default. With --guix it may be given several times; zstd and gzip by default.",
            valueName: "format"))
    package var compression: [CompressionChoice] = []

    @Option(help: "How early clients ask this cache: lower numbers before higher ones.")
    package var priority = 40

    @Flag(help: "Serve /gnu/store, not /nix/store.")
    package var gnu = false

    @Flag(help: "Serve clients of Guix.")
    package var guix = false

    @Flag(help: "With --guix: state hashes, and give no NARs.")
    package var hashOnly = false

    @OptionGroup package var logging: LogLevelOption

    @Argument(help: "Store paths or links to them; '-' for lines on standard input.", completion: .file())
    package var paths: [String] = []

    package init() {}

    package func validate() throws {
        guard ListenAddress(listen) != nil else {
            throw ValidationError("--listen: expected HOST:PORT, got '\(listen)'")
        }
        guard (0...Int(Int32.max)).contains(priority) else { throw ValidationError("--priority: 0 or above") }
        guard guix || compression.count <= 1 else {
            throw ValidationError("--compression: Nix knows one for each path; give it once")
        }
        guard guix || !hashOnly else { throw ValidationError("--hash-only goes with --guix") }
        guard !hashOnly || signing.key != nil else {
            throw ValidationError("--hash-only: hashes that nobody signs say nothing; give --key")
        }
    }

    package func run() async throws {
        guard let address = ListenAddress(listen) else {
            throw CommandError(.usage, "store serve: an option that cannot be read")
        }
        let terminal = Terminal.standard(color: .auto)
        let signer = try Signer(signing, isGuix: guix)
        let store = try await storeOptions.open(toLook: true)
        let named = paths.isEmpty ? nil : try StorePathArguments.read(paths, in: store.folder)
        let directory = guix ? .gnu : named?.first?.directory ?? (gnu ? .gnu : .nix)
        if let other = named?.first(where: { $0.directory != directory }) {
            throw CommandError(.usage, "\(other) is not in \(directory): one server is for one store")
        }
        let served = try await CommandError.translating { () async throws -> Set<StorePath>? in
            guard let named else { return nil }
            try await store.protect(named)
            return Set(try await store.closure(of: named))
        }
        LoggingSetup(level: logging.level).bootstrap { terminal.errors.raw($0) }
        var logger = Logger(label: "cache")
        logger.logLevel = logging.level
        _ = OpenFiles.raiseLimit()
        let shown = LivePaths(store: store, directory: directory, served: served)
        let cache = try contents(shown, signer)
        let server = CacheServer(
            host: address.host, port: address.port, contents: cache, logger: logger
        ) { port in
            terminal.output.line("Listening on http://\(address.hostForURL):\(String(port))")
            if let key = signer.publicKey { terminal.output.line("Public key: \(key)") }
            if hashOnly {
                terminal.output.line("Hashes: http://\(address.hostForURL):\(String(port))/hashes")
            }
        }
        if signer.publicKey == nil {
            terminal.errors.line(
                "quorate: \("warning", .yellow): nothing is signed here: clients refuse it; give a key with --key")
        }
        let services = ServiceGroupConfiguration(
            services: [server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        do {
            try await ServiceGroup(configuration: services).run()
        } catch {
            throw CommandError(serving: error, on: listen)
        }
        try terminal.checkOutput()
    }

    private func contents(_ paths: LivePaths, _ signer: Signer) throws(CommandError) -> any CacheContents {
        switch signer {
        case .nix(let signer):
            try LiveCache(
                paths, signer: signer, compression: (compression.first ?? .none).compression, priority: priority)
        case .guix(let signer):
            try GuixLiveCache(
                paths, signer: signer, compressions: compression.map(\.compression), isHashOnly: hashOnly,
                priority: priority)
        }
    }

    /// Who signs, for which clients.
    private enum Signer: Sendable {
        case nix(CacheSigner)
        case guix(GuixSigner)

        init(_ options: CacheSigningOptions, isGuix: Bool) throws(CommandError) {
            self = isGuix ? .guix(try options.guixSigner()) : .nix(try options.signer())
        }

        /// As policies write it.
        var publicKey: String? {
            switch self {
            case .nix(let signer): signer.key?.publicKey.description
            case .guix(let signer): signer.key?.publicKey.hexadecimal
            }
        }
    }
}
