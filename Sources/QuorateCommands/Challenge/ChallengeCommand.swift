package import ArgumentParser
internal import ClaimSources
internal import Ledger
internal import Quorum
internal import StoreFormats
internal import Verification

/// `quorate challenge`: compares what this machine and any number of servers have of the same paths.
package struct ChallengeCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "challenge",
        abstract: "Compare what this machine and servers have of store paths, and show what differs.",
        discussion: """
            Compares contents, signatures checked; it asks for no quorum (verify does). Without a path it takes all that
            this machine has built. Servers are the caches and logs of the policy, or those given with --url.

            Exit status: 0 all match, 1 something is inconclusive, 2 something differs.

            Examples:
              quorate challenge
              quorate challenge ./result --verbose
              quorate challenge --url https://cache.example \\
                  --key cache.example-1:BASE64 /nix/store/HASH-hello
              quorate challenge --diff none --json - < paths
            """.flowing)

    /// How what differs is compared.
    package enum Diff: String, ExpressibleByArgument, CaseIterable, Sendable {
        case none
        case simple
    }

    @OptionGroup package var servers: ServerOptions
    @OptionGroup package var storeOptions: StoreOptions
    @OptionGroup package var output: OutputOptions

    @Option(help: "What to do about what differs: none, or simple, which reads it and lists the files that differ.")
    package var diff = Diff.simple

    @Flag(help: "Count what no known key signed, as guix challenge does.")
    package var unsigned = false

    @Flag(help: "Believe the stores' records of what is on this machine, instead of hashing the files.")
    package var recorded = false

    @Flag(help: "Ask again even what was asked within the last hour.")
    package var refresh = false

    @Flag(name: .shortAndLong, help: "Show what matches too.")
    package var verbose = false

    @Argument(
        help: "Store paths, files inside them or links to them; '-' for lines on standard input.", completion: .file())
    package var paths: [String] = []

    package init() {}

    package func run() async throws {
        let terminal = output.terminal
        let workplace = try Workplace()
        let folder = try storeOptions.folder()
        let given = paths + PlainArguments.paths
        let named = given.isEmpty ? nil : try StorePathArguments.read(given, in: folder)
        let directories = [StoreDirectory.nix, .gnu].filter { directory in
            named?.contains { $0.directory == directory } ?? true
        }
        let (witnesses, notes) = try await BuildWitnesses.find(
            store: folder, environment: Places.environment, for: directories)
        for note in notes { terminal.errors.line("quorate: \("warning", .yellow): \(note)") }
        let local = LocalTestimony(witnesses: witnesses, readsContents: !recorded)
        let wanted = try await CommandError.translating {
            if let named { named } else { try await local.everythingBuilt() }
        }
        guard !wanted.isEmpty else {
            throw CommandError(.usage, "the stores of this machine name nothing that was built on it; name store paths")
        }
        let policy = try await servers.policy(workplace, terminal)
        let state = try workplace.openState(allowsForgetting: true)
        state.warn(on: terminal)
        let resources = HTTPResources()
        do {
            let caches = try servers.servers(policy, resources: resources)
            // Servers that were named are asked, and nobody else.
            let logs =
                servers.addresses.isEmpty
                ? state.logs(of: policy, limits: servers.limits, resources: resources) : .none
            for note in caches.notes + logs.notes { terminal.errors.line("quorate: \("warning", .yellow): \(note)") }
            guard !caches.members.isEmpty || !logs.logs.isEmpty else {
                throw CommandError(.badPolicy, "the policy names no server that can be asked; name one with --url")
            }
            await LogReading.run(logs, terminal: terminal)
            let inquirer = state.inquirer(policy: policy, caches: caches, logs: logs)
            let challenge = Challenge(
                inquirer: inquirer, local: local, maximumAge: refresh ? 0 : 3600, countsUnsigned: unsigned,
                inspects: diff == .simple, terminal: terminal)
            let report = try await CommandError.translating { try await challenge.run(wanted) }
            async let closed: Void = state.ledger.close()
            if let trouble = report.ledgerTrouble {
                terminal.errors.line("quorate: \("warning", .yellow): \(trouble)")
            }
            if output.json {
                terminal.output.data(try report.json(policyDigest: inquirer.policyDigest, contentsRead: !recorded))
            } else {
                report.print(to: terminal, listsAll: verbose)
            }
            await closed
            try terminal.checkOutput()
            ProcessEnd.leave(report.status)
        } catch {
            await resources.shutdown()
            throw error
        }
    }
}
