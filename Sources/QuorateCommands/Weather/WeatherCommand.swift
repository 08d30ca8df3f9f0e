package import ArgumentParser
internal import ClaimSources
internal import LocalStore
internal import Quorum
internal import StoreFormats
internal import Verification

/// `quorate weather`: how much of some paths servers have, and how they answer.
package struct WeatherCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "weather",
        abstract: "Say how much of store paths servers have, in what sizes, and how fast they answer.",
        discussion: """
            Without a path or a manifest it takes all that is installed. Servers are the caches of the policy, or those
            given with --url. Every answer is asked for anew, and its signature checked.

            Exit status: 0 every server has everything, 1 something is missing somewhere.

            Examples:
              quorate weather
              quorate weather --closure ./result --url https://cache.example
              quorate weather --manifest ~/.guix-profile --coverage 10
              nix-store -qR ./result | quorate weather --missing -
            """.flowing)

    @OptionGroup package var servers: ServerOptions
    @OptionGroup package var storeOptions: StoreOptions
    @OptionGroup package var output: OutputOptions

    @Option(
        help: ArgumentHelp(
            "A file whose store paths are meant, such as a profile's manifest; a profile, or '-' for standard input.",
            valueName: "file"), completion: .file())
    package var manifest: String?

    @Flag(help: "Ask about everything that the paths refer to as well.")
    package var closure = false

    @Flag(help: "Name all that is missing.")
    package var missing = false

    @Option(
        help: ArgumentHelp(
            "Name so many of the missing paths that most others need, for each server.", valueName: "number"))
    package var coverage: Int?

    @Argument(
        help: "Store paths, files inside them or links to them; '-' for lines on standard input.", completion: .file())
    package var paths: [String] = []

    package init() {}

    package func validate() throws {
        if let coverage, coverage < 1 { throw ValidationError("--coverage: a number from 1 on") }
        guard manifest != "-" || !paths.contains("-") else {
            throw ValidationError("--manifest and the paths cannot both be read from standard input")
        }
    }

    package func run() async throws {
        let terminal = output.terminal
        let workplace = try Workplace()
        let local = try await LocalPaths.find(store: try storeOptions.folder())
        for note in local.notes { terminal.errors.line("quorate: \("warning", .yellow): \(note)") }
        let wanted = try await CommandError.translating { try await wantedPaths(local) }
        guard !wanted.isEmpty else {
            throw CommandError(.usage, "there is nothing to ask about: name store paths or a manifest")
        }
        let policy = try await servers.policy(workplace, terminal)
        let resources = HTTPResources()
        do {
            let caches = try servers.servers(policy, resources: resources)
            for note in caches.notes { terminal.errors.line("quorate: \("warning", .yellow): \(note)") }
            guard !caches.members.isEmpty else {
                throw CommandError(.badPolicy, "the policy names no server that can be asked; name one with --url")
            }
            let weather = Weather(
                caches: caches, verifier: NarInfoVerifier(policy: policy), followsReferences: closure,
                terminal: terminal)
            let (asked, references) = try await CommandError.translating {
                closure ? try await local.closure(of: wanted) : (wanted, try await local.references(of: wanted))
            }
            let report = await weather.run(asked, references: references)
            if output.json {
                terminal.output.data(try report.json(coverage: coverage))
            } else {
                report.print(to: terminal, coverage: coverage, listsMissing: missing)
            }
            try terminal.checkOutput()
            ProcessEnd.leave(report.status)
        } catch {
            await resources.shutdown()
            throw error
        }
    }

    private func wantedPaths(_ local: LocalPaths) async throws -> [StorePath] {
        let given = paths + PlainArguments.paths
        var wanted = given.isEmpty ? [] : try StorePathArguments.read(given, in: try storeOptions.folder())
        if let manifest {
            let known = Set(wanted)
            wanted += PathScan.paths(in: try Self.read(manifest: manifest)).filter { !known.contains($0) }
            guard !wanted.isEmpty else { throw CommandError(.badData, "\(manifest): names no store path") }
        }
        return given.isEmpty && manifest == nil ? try await local.allPaths() : wanted
    }

    /// A file, or the manifest of the profile that a folder is: `manifest.json` or `manifest`.
    private static func read(manifest name: String) throws(CommandError) -> [UInt8] {
        for inside in ["/manifest.json", "/manifest"] where Files.exists(name + inside) {
            return try Files.read(name + inside, limit: 1 << 28)
        }
        return try Files.read(name, limit: 1 << 28)
    }
}
