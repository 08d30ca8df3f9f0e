package import ArgumentParser
internal import Building
internal import LocalStore
internal import Quorum
internal import StoreFormats
internal import Verification

/// `quorate rebuild`: builds again what others published, compares, and records what came out.
package struct RebuildCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Build again what others published, compare the outcome with theirs, and record it as a claim.",
        discussion: """
            Each result is recorded, whatever it is, under this machine's builder key: with the line that 'quorate key
            builder' prints, it counts in a policy.

            Exit status: 0 every path came out as everybody states, or proves itself; 1 something failed, could not be
            tried, or is stated by nobody; 2 something came out different from what somebody states, from itself, or
            under other conditions.

            Examples:
              quorate rebuild /nix/store/HASH-hello-2.12
              quorate rebuild --closure ./result --jobs 2
              quorate rebuild ./thing.drv --times 3
              quorate rebuild ./thing.drv --vary --keep ./different
            """.flowing)

    @OptionGroup package var settings: BuildSettings
    @OptionGroup package var storeOptions: StoreOptions
    @OptionGroup package var policyOptions: PolicyOptions
    @OptionGroup package var output: OutputOptions

    @Flag(help: "Rebuild everything that the paths refer to, too.")
    package var closure = false

    @Option(
        help: ArgumentHelp("A file with a path on each line; '-' for standard input.", valueName: "file"),
        completion: .file())
    package var from: String?

    @Option(help: ArgumentHelp("How often each is built, to find what differs from itself.", valueName: "number"))
    package var times = 1

    @Flag(help: "Build under other conditions too, and find those that matter.")
    package var vary = false

    @Option(
        help: ArgumentHelp(
            "Keep what came out different from what others state, from itself, or under other conditions.",
            valueName: "folder"), completion: .directory)
    package var keep: String?

    @Flag(help: "Ask the caches again even about what was asked within the last hour.")
    package var refresh = false

    @Flag(help: "Fetch nothing: inputs that are not on this machine are built.")
    package var noSubstitutes = false

    @Flag(name: [.customShort("L"), .customLong("print-build-logs")], help: "Print the logs of all builds.")
    package var printsBuildLogs = false

    @Option(
        help: ArgumentHelp("A folder with .drv files. May be repeated.", valueName: "folder"), completion: .directory)
    package var derivations: [String] = []

    @Argument(help: "Store paths, .drv paths or .drv files; '-' for lines on standard input.", completion: .file())
    package var paths: [String] = []

    package init() {}

    package func validate() throws {
        guard (1...1000).contains(times) else { throw ValidationError("--times: a number from 1 to 1000") }
        guard !paths.isEmpty || from != nil else { throw ValidationError("name a path, or a list with --from") }
    }

    package func run() async throws {
        let terminal = output.terminal
        let status = try await CommandError.translating { () async throws -> ExitStatus in
            var words = paths
            if let from {
                let lines = String(decoding: try Files.read(from, limit: 1 << 30), as: UTF8.self)
                words += lines.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
            }
            guard !words.isEmpty else { throw CommandError(.usage, "the list names no path") }
            let arguments = try BuildTargetArguments(words, folders: derivations, store: storeOptions.folder())
            var options = try settings.options()
            options.substitutes = !noSubstitutes
            let bench = try await Workbench.open(
                store: storeOptions, policyFile: policyOptions.policy, asksCaches: true, records: true,
                options: options, terminal: terminal)
            return try await bench.use { try await run(arguments, bench, terminal) }
        }
        try terminal.checkOutput()
        guard status == .ok else { throw ExitCode(status.rawValue) }
    }

    private func run(
        _ arguments: BuildTargetArguments, _ bench: Workbench, _ terminal: Terminal
    ) async throws -> ExitStatus {
        guard let state = bench.state, let inquirer = bench.inquirer else {
            throw CommandError(.badData, "the state was not opened")
        }
        let builder = bench.builder(arguments.files)
        try await bench.fetchDerivations(arguments.targets.compactMap(\.derivation), for: builder, terminal)
        let recorder = try OwnBuildRecorder(ledger: state.ledger, key: try Workplace().builderKey())
        let finder = DerivationFinder(
            bench: bench, builder: builder, given: arguments.files.paths, folders: derivations, terminal: terminal)
        let display = BuildDisplay(terminal, printsLogs: printsBuildLogs)
        defer { display.finish() }
        let keeper = try keep.map { name throws(CommandError) in try DifferenceKeeper(name) }
        let work = RebuildWork(
            builder: builder, recorder: recorder, display: display, times: vary ? max(2, times) : times,
            conditions: vary ? BuildCondition.all(cores: bench.options.cores) : [], keeps: keeper != nil)
        let (targets, followsReferences, width) = (arguments.targets, closure, settings.builders)
        var entries = try await Interruption.watching {
            let plan = try await RebuildPlan.make(
                targets, followsReferences: followsReferences, bench: bench, finder: finder)
            return try await plan.run(work, width: width)
        }
        let comparison = RebuildComparison(
            bench: bench, inquirer: inquirer, own: recorder.identity, maximumAge: refresh ? 0 : 3600)
        let trouble = try await comparison.compare(&entries)
        if let keeper { for index in entries.indices { try await keeper.keep(&entries[index]) } }
        display.finish()
        if let trouble { terminal.errors.line("quorate: \("warning", .yellow): \(trouble)") }
        let report = RebuildReport(entries: entries, policyDigest: inquirer.policyDigest, isVaried: vary)
        if output.json { terminal.output.data(try report.json()) } else { report.print(to: terminal) }
        return report.status
    }
}
