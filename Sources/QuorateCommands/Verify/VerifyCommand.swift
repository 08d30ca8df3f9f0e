package import ArgumentParser
internal import ClaimSources
internal import Ledger
internal import Quorum
internal import StoreFormats
internal import Verification

/// `quorate verify`: asks every cache of the policy about store paths, and says what is agreed on.
package struct VerifyCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Ask every cache and log of the policy about store paths and print a verdict for each.",
        discussion: """
            Exit status: 0 all quorate or self-verifying, 1 something short or unclaimed, 2 something split or in
            conflict.

            Examples:
              quorate verify /nix/store/HASH-hello-2.12
              quorate verify --closure ./result
              nix-store -qR /run/current-system | quorate verify --json -
            """.flowing)

    @OptionGroup package var policyOptions: PolicyOptions
    @OptionGroup package var output: OutputOptions

    @Flag(help: "Follow references through what is agreed on.")
    package var closure = false

    @Flag(help: "Ask again even what was asked within the last hour.")
    package var refresh = false

    @Option(help: ArgumentHelp("Longest wait for one answer, in seconds.", valueName: "seconds"))
    package var deadline = 5.0

    @Argument(
        help: "Store paths, files inside them or links to them; '-' for lines on standard input.", completion: .file())
    package var paths: [String]

    package init() {}

    package func validate() throws {
        guard deadline > 0, deadline <= 3600 else { throw ValidationError("--deadline: from above 0 to 3600 seconds") }
    }

    package func run() async throws {
        let paths = try StorePathArguments.read(
            paths + PlainArguments.paths, in: StorePathArguments.folder)
        let workplace = try Workplace()
        let policy = try workplace.policy(policyOptions.policy)
        let terminal = output.terminal
        let state = try workplace.openState(allowsForgetting: true)
        if let warning = state.warning { terminal.errors.line("quorate: warning: \(warning)") }
        let resources = HTTPResources()
        let limits = HTTPLimits(deadline: .seconds(deadline))
        let caches = CacheSet(policy: policy, limits: limits, pausesAfterTrouble: false, resources: resources)
        let logs = state.logs(of: policy, limits: limits, resources: resources)
        for note in caches.notes + logs.notes { terminal.errors.line("quorate: warning: \(note)") }
        await LogReading.run(logs, terminal: terminal)
        let inquirer = state.inquirer(policy: policy, caches: caches, logs: logs)
        let verification = PathVerification(
            inquirer: inquirer, maximumAge: refresh ? 0 : 3600, followsReferences: closure, terminal: terminal)
        let report = await verification.run(paths)
        // While the table is made, another core tidies up.
        async let closed: Void = state.ledger.close()
        if let trouble = report.ledgerTrouble { terminal.errors.line("quorate: warning: \(trouble)") }
        if output.json {
            terminal.output.data(try report.json(policyDigest: inquirer.policyDigest))
        } else {
            report.print(to: terminal)
        }
        await closed
        do {
            try terminal.checkOutput()
        } catch {
            await resources.shutdown()
            throw error
        }
        ProcessEnd.leave(report.status)
    }
}
