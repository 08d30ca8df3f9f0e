package import ArgumentParser
internal import ClaimSources
internal import Glibc
internal import Ledger
internal import Quorum
internal import StoreFormats

/// `quorate attest`: signs what this machine built, and publishes it in its log.
package struct AttestCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "attest",
        abstract: "Sign what this machine built, and publish that in its log.",
        discussion: """
            Only what this machine really built, as its stores say, and only what a cache of the policy lists anyway: a
            log is public for ever. --public allows other names, as does a file 'public' with a pattern on each line in
            the configuration folder. Nothing in an attestation names this machine.

            With --enqueue, for a post-build hook, paths are only written down (without paths: what Nix says), and
            the exit status is always 0. 'quorate log serve' attests them, or 'quorate attest --queue'.

            Exit status: 0 everything stands in the log or proves itself; 1 something was not built here or is not
            public; 69 something could not be published now.

            Examples:
              quorate attest ./result
              nix --extra-experimental-features nix-command path-info --all |
                quorate attest -
              quorate attest --from-rebuild
              quorate attest --public 'ours-*' /nix/store/HASH-ours-1.0
            """.flowing)

    @OptionGroup package var policyOptions: PolicyOptions
    @OptionGroup package var storeOptions: StoreOptions
    @OptionGroup package var output: OutputOptions

    @Flag(help: "Attest what 'quorate rebuild' found, mismatches and failures included; without paths all of it.")
    package var fromRebuild = false

    @Flag(help: "Work off what was put into the queue.")
    package var queue = false

    @Flag(help: "Only put the paths into the queue, and end with status 0 whatever happens.")
    package var enqueue = false

    @Flag(name: [.customShort("n"), .customLong("dry-run")], help: "Say what would be attested, and sign nothing.")
    package var dryRun = false

    @Flag(help: "Do not wait until witnesses have cosigned.")
    package var noWait = false

    @Option(
        name: .customLong("public"),
        help: ArgumentHelp("Names or store paths that may be made public. May be repeated.", valueName: "pattern"))
    package var patterns: [String] = []

    @Option(
        help: ArgumentHelp("A folder with .drv files. May be repeated.", valueName: "folder"), completion: .directory)
    package var derivations: [String] = []

    @Argument(help: "Store paths or links to them; '-' for lines on standard input.", completion: .file())
    package var paths: [String] = []

    package init() {}

    package func validate() throws {
        // A hook must not fail, so this form is never refused here.
        guard !enqueue else { return }
        guard !(queue && fromRebuild) else { throw ValidationError("--queue and --from-rebuild: give one of them") }
        guard paths.isEmpty || !queue else { throw ValidationError("--queue: takes no paths") }
        guard !paths.isEmpty || queue || fromRebuild else {
            throw ValidationError("name a path, or give '-' for lines on standard input, --from-rebuild or --queue")
        }
    }

    package func run() async throws {
        if enqueue { Enqueuing.run(paths) }
        let terminal = output.terminal
        let status = try await CommandError.translating { () async throws -> ExitStatus in
            let report = try await attest(terminal)
            if output.json { terminal.output.data(try report.json()) } else { report.print(to: terminal) }
            return queue && report.status == .short ? .ok : report.status
        }
        try terminal.checkOutput()
        guard status == .ok else { throw ExitCode(status.rawValue) }
    }

    private func attest(_ terminal: Terminal) async throws -> AttestReport {
        let workplace = try Workplace()
        let site = try BuilderSite.open(workplace)
        let folder = try storeOptions.folder()
        let named = paths.isEmpty ? nil : try StorePathArguments.read(paths, in: folder)
        let warn: @Sendable (String) -> Void = { text in
            terminal.errors.line("quorate: \("warning", .yellow): \(text)")
        }
        let desk = try await AttestDesk.open(
            workplace, site, store: folder, policyFile: policyOptions.policy, patterns: patterns,
            derivations: derivations, warn: warn)
        return try await desk.use(dryRun: dryRun) { desk, attestor in
            if queue {
                let worker = QueueWorker(
                    queue: AttestQueue(folder: workplace.places.queue), finder: desk.finder, attestor: attestor)
                return try await worker.work(waits: !noWait)
            }
            let questions: [(StorePath, BuildQuestion)]
            if fromRebuild {
                let state = try workplace.openState(allowsForgetting: false)
                state.warn(on: terminal)
                guard let identity = site.card.identity else {
                    throw CommandError(.badData, "the builder's key is no Ed25519 key")
                }
                questions = try await RebuildBuilds(ledger: state.ledger, identity: identity, finder: desk.finder)
                    .questions(named)
                await state.ledger.close()
            } else {
                questions = try await desk.finder.questions(named ?? [])
            }
            return try await attestor.attest(questions, waits: !noWait)
        }
    }
}
