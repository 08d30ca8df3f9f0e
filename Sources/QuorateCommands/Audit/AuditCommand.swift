package import ArgumentParser
internal import ClaimSources
internal import Quorum
internal import Verification

/// `quorate audit`: compares all that is installed with what the caches of the policy state.
package struct AuditCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Compare everything that is installed with what independent builders state.",
        discussion: """
            Needs no set-up: without a policy it takes the caches and keys that nix trusts on this machine. It changes
            nothing but Quorate's own ledger.

            Exit status: 0 all is agreed on, self-verifying or built here; 1 something is short, unclaimed or could not
            be read; 2 something is split, in conflict, revoked, altered on the disk, or different from what is stated.

            Examples:
              quorate audit
              quorate audit --contents
              quorate audit --policy team.policy --json > audit.json
              ssh host nix --extra-experimental-features nix-command \\
                  path-info --all --json | quorate audit --installed -
            """.flowing)

    @OptionGroup package var policyOptions: PolicyOptions
    @OptionGroup package var output: OutputOptions

    @Option(
        help: ArgumentHelp(
            "What is installed: the output of 'nix path-info --all --json', '-' for standard input.",
            valueName: "file"), completion: .file())
    package var installed: String?

    @Option(
        help: ArgumentHelp("Audit the system whose files lie below this folder.", valueName: "folder"),
        completion: .directory)
    package var root: String?

    @Flag(help: "Hash the files on the disk too, instead of believing the store's record of them.")
    package var contents = false

    @Flag(help: "Name every path that is not agreed on, not the first few.")
    package var all = false

    @Flag(help: "Ask again even what was asked within the last hour.")
    package var refresh = false

    @Option(help: ArgumentHelp("Longest wait for one answer, in seconds.", valueName: "seconds"))
    package var deadline = 5.0

    package init() {}

    package func validate() throws {
        guard deadline > 0, deadline <= 3600 else { throw ValidationError("--deadline: from above 0 to 3600 seconds") }
        guard policyOptions.policy != "-" || installed != "-" else {
            throw ValidationError("--policy and --installed cannot both be read from standard input")
        }
        guard root?.hasPrefix("/") ?? true else { throw ValidationError("--root: give an absolute path") }
    }

    package func run() async throws {
        let terminal = output.terminal
        let workplace = try Workplace()
        let policy = try await AuditPolicy.find(policyOptions.policy, workplace: workplace)
        let paths = try await AuditInput.read(file: installed, root: root)
        let state = try workplace.openState(allowsForgetting: true)
        state.warn(on: terminal)
        let resources = HTTPResources()
        let limits = HTTPLimits(deadline: .seconds(deadline))
        let caches = CacheSet(policy: policy.policy, limits: limits, pausesAfterTrouble: false, resources: resources)
        let logs = state.logs(of: policy.policy, limits: limits, resources: resources)
        for note in caches.notes + logs.notes { terminal.errors.line("quorate: \("warning", .yellow): \(note)") }
        await LogReading.run(logs, terminal: terminal)
        let inquirer = state.inquirer(policy: policy.policy, caches: caches, logs: logs)
        let audit = Audit(
            inquirer: inquirer, revocations: state.local.revocations.adding(policy.policy),
            maximumAge: refresh ? 0 : 3600, terminal: terminal)
        let report = await audit.run(paths, disk: contents ? DiskContents(root: storeRoot) : nil)
        caches.shutdown()
        logs.shutdown()
        await resources.shutdown()
        report.printTroubles(to: terminal)
        if output.json {
            terminal.output.data(
                try report.json(policy: policy, digest: inquirer.policyDigest, readContents: contents))
        } else {
            terminal.output.line(policy.summary)
            report.print(to: terminal, listsAll: all, readContents: contents)
            terminal.output.line()
            terminal.output.lines(policy.advice)
            let ledger = state.forgetting == nil ? workplace.places.ledger : "memory alone"
            terminal.output.line("Nothing on this machine was changed; answers were recorded in \(ledger).")
        }
        try terminal.checkOutput()
        guard report.status == .ok else { throw ExitCode(report.status.rawValue) }
    }

    /// The folder before `/nix/store`, as nix takes it: without a slash at the end.
    private var storeRoot: String {
        var root = Substring(root ?? "")
        while root.hasSuffix("/") { root.removeLast() }
        return String(root)
    }
}
