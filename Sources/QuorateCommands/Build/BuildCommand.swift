package import ArgumentParser
internal import Building
internal import LocalStore
internal import StoreFormats

/// `quorate build`: realises derivations and store paths.
package struct BuildCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "build",
        abstract: "Build derivations, with everything that they need, without any daemon.",
        discussion: """
            What is needed is taken from Quorate's store, from this machine's /nix/store or /gnu/store, from the policy's
            caches where they agree on it, or built. The store paths are printed; their files are below the store's
            folder (see --out-link).

            Exit status: 0 everything asked for is there (with --dry-run: can be had), 1 something failed or is not
            known, 130 interrupted.

            Examples:
              quorate build ./hello.drv
              quorate build '/nix/store/HASH-openssl.drv^out,dev' --jobs 4 --out-link result
              nix-instantiate '<nixpkgs>' -A hello | quorate build - --dry-run
            """.flowing)

    @OptionGroup package var settings: BuildSettings
    @OptionGroup package var storeOptions: StoreOptions
    @OptionGroup package var policyOptions: PolicyOptions
    @OptionGroup package var output: OutputOptions

    @Flag(help: "Go on with what does not depend on a failure.")
    package var keepGoing = false

    @Flag(help: "Keep the build folder of a build that failed.")
    package var keepFailed = false

    @Flag(help: "Only say what would be built, fetched, and what is not known.")
    package var dryRun = false

    @Flag(help: "Fetch nothing: build what is not on this machine.")
    package var noSubstitutes = false

    @Flag(help: "Take nothing from this machine's /nix/store or /gnu/store.")
    package var noHostStores = false

    @Flag(name: [.customShort("L"), .customLong("print-build-logs")], help: "Print the logs of all builds.")
    package var printsBuildLogs = false

    @Option(
        help: ArgumentHelp(
            "Leave a link to the first result here, NAME-dev to its output 'dev', and NAME-2 … to the others.",
            discussion: "The links keep the results from being collected as garbage.", valueName: "name"),
        completion: .file())
    package var outLink: String?

    @Option(
        help: ArgumentHelp("A folder with the .drv files that those given need. May be repeated.", valueName: "folder"),
        completion: .directory)
    package var derivations: [String] = []

    @Argument(
        help: ".drv files, .drv paths with ^OUTPUTS if not all are wanted, store paths; '-': lines on stdin.",
        completion: .file())
    package var targets: [String]

    package init() {}

    package func run() async throws {
        let terminal = output.terminal
        try await CommandError.translating {
            let arguments = try BuildTargetArguments(targets, folders: derivations, store: storeOptions.folder())
            let links = try outLink.map { try ResultLinks($0) }
            if !dryRun { try links?.check(arguments.targets.count) }
            var options = try settings.options()
            options.keepsGoing = keepGoing
            options.keepsFailed = keepFailed
            options.substitutes = !noSubstitutes
            options.usesHostStores = !noHostStores
            let bench = try await Workbench.open(
                store: storeOptions, policyFile: policyOptions.policy, asksCaches: !noSubstitutes, options: options,
                terminal: terminal)
            try await bench.use { try await run(arguments, links, bench, terminal) }
        }
    }

    private func run(
        _ arguments: BuildTargetArguments, _ links: ResultLinks?, _ bench: Workbench, _ terminal: Terminal
    ) async throws {
        let builder = bench.builder(arguments.files)
        let targets = arguments.targets
        try await bench.fetchDerivations(targets.compactMap(\.derivation), for: builder, terminal)
        let isComplete: Bool
        if dryRun {
            let plan = try await ProgressBar.run(terminal, "Looking for what is there") { _ in
                try await builder.plan(targets)
            }
            let forecast = BuildForecast(plan)
            if output.json { terminal.output.data(try forecast.json()) } else { forecast.print(to: terminal) }
            isComplete = plan.isComplete
        } else {
            let display = BuildDisplay(terminal, printsLogs: printsBuildLogs)
            defer { display.finish() }
            let report = try await Interruption.watching {
                try await builder.realise(targets) { display.take($0) }
            }
            do {
                try await DerivationKeeper(builder: builder, store: bench.store).keep(arguments.files.paths)
            } catch {
                terminal.errors.line("quorate: \("warning", .yellow): derivations are not kept: \(error)")
            }
            try await bench.store.synchronize()
            display.finish()
            let summary = BuildSummary(report, counts: display.counts, store: bench.store)
            summary.printTroubles(to: terminal)
            if output.json {
                terminal.output.data(try summary.json())
            } else {
                summary.print(to: terminal)
            }
            if let links {
                let places = try await links.paths(targets) { path in
                    try await builder.derivation(path).outputs.map { ($0.name, $0.path) }
                }
                try links.make(
                    places.compactMap { link, path in report.realised[path].map { (link, $0) } }, in: bench.store)
            }
            isComplete = report.isComplete
        }
        try terminal.checkOutput()
        guard isComplete else { throw ExitCode(ExitStatus.short.rawValue) }
    }
}
