package import ArgumentParser
package import Gateway
internal import Logging
package import Observability
internal import StoreFormats

extension GatewayMode: ExpressibleByArgument {}
extension LogFormat: ExpressibleByArgument {}
extension GatewaySigning: ExpressibleByArgument {}
extension TroublePolicy: ExpressibleByArgument {}

/// `quorate serve`: the gateway.
package struct ServeCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the gateway that nix and guix use as their substituter.",
        discussion: """
            Ends gracefully on SIGTERM or Ctrl-C. The policy is read at the start; on SIGHUP the log says whether it has
            changed since. What cannot be decided is answered with 404, so that the client builds
            from source. The root is the store of the policy's first quorum; /nix/ and /guix/ below it are always there.

            Examples:
              quorate serve --mode observe
              quorate serve --policy team.policy --mode enforce --listen 127.0.0.1:8421
              quorate serve --signing filter --spool-limit 50G
              quorate serve --policy guix.policy --mode enforce
            """.flowing)

    @OptionGroup package var policyOptions: PolicyOptions

    @Option(help: ArgumentHelp("Address and port.", valueName: "host:port"))
    package var listen = "127.0.0.1:8421"

    @Option(help: "observe: pass everything on and record; warn: the same, loudly; enforce: only what is agreed on.")
    package var mode = GatewayMode.observe

    @Option(help: "re-sign: with this host's key; filter: pass on the builders' own signatures.")
    package var signing = GatewaySigning.reSign

    @Option(
        help: ArgumentHelp(
            "Secret key as Guix keeps it, to sign paths of /gnu/store with and nothing else. Without it one is made.",
            valueName: "file"), completion: .file())
    package var guixKey: String?

    @Option(help: ArgumentHelp("Bytes of verified NARs to keep (K, M, G, T).", valueName: "size"))
    package var spoolLimit = "20G"

    @Option(help: ArgumentHelp("Longest wait for the caches, in seconds.", valueName: "seconds"))
    package var deadline = 4.0

    @Option(help: "build: any trouble of our own is 'not here'; fail: the client stops instead of compiling.")
    package var onTrouble = TroublePolicy.build

    @OptionGroup package var logging: LogLevelOption

    @Option(help: "text, or json: an object on each line.")
    package var logFormat = LogFormat.text

    package init() {}

    package func validate() throws {
        guard deadline > 0, deadline <= 600 else { throw ValidationError("--deadline: from above 0 to 600 seconds") }
        guard ListenAddress(listen) != nil else {
            throw ValidationError("--listen: expected HOST:PORT, got '\(listen)'")
        }
        guard SizeArgument.bytes(spoolLimit) != nil else {
            throw ValidationError("--spool-limit: expected a number with K, M, G or T, got '\(spoolLimit)'")
        }
    }

    package func run() async throws {
        guard let address = ListenAddress(listen), let limit = SizeArgument.bytes(spoolLimit) else {
            throw CommandError(.usage, "serve: an option that cannot be read")
        }
        let workplace = try Workplace()
        let terminal = Terminal.standard(color: .auto)
        let run = try GatewayRun(
            workplace: workplace, policyFile: policyOptions.policy, guixKeyFile: guixKey, terminal: terminal,
            logging: LoggingSetup(level: logging.level, format: logFormat), isService: true
        ) { configuration in
            configuration.host = address.host
            configuration.port = address.port
            configuration.mode = mode
            configuration.signing = signing
            configuration.onTrouble = onTrouble
            configuration.spoolLimit = limit
            configuration.deadline = .seconds(deadline)
        }
        try await run.run { port in
            terminal.output.line(
                "Listening on http://\(address.hostForURL):\(String(port)) (\(mode.rawValue), \(signing.rawValue))")
            terminal.output.line("Public key: \(run.publicKey)")
            if let key = run.guixKey { terminal.output.line("Guix key: \(key)") }
        }
    }
}

/// `HOST:PORT`, with an IPv6 address in brackets.
struct ListenAddress {
    let host: String
    let port: Int

    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65535).contains(port)
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty else { return nil }
        self.host = host
        self.port = port
    }

    var hostForURL: String { host.contains(":") ? "[\(host)]" : host }
}

/// Sizes such as `20G`: powers of 1024.
enum SizeArgument {
    static func bytes(_ text: String) -> UInt64? {
        let units: [Character: UInt64] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40]
        let unit = text.last.flatMap { units[Character($0.uppercased())] }
        guard let number = UInt64(unit == nil ? text[...] : text.dropLast()) else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit ?? 1)
        return overflow || bytes == 0 ? nil : bytes
    }
}
