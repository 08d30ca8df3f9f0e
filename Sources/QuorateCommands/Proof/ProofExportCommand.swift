package import ArgumentParser
internal import ClaimSources
internal import Ledger
internal import Proofs
internal import Quorum
internal import StoreFormats
internal import Verification

/// `quorate proof export`: everything that makes a path quorate, in one file.
package struct ProofExportCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write everything that makes a path quorate into one file.",
        discussion: """
            The file holds the policy, and of each party that agrees its signed statement: the attestation with the
            proof that a witnessed log has it, the signed fingerprint of a Nix cache's narinfo, or the signed part of a
            Guix server's. Whoever has it can check it with 'quorate proof verify', without asking anybody. A file that
            is there stays as it is.

            Exit status: 0 written, 1 short or unclaimed, or self-verifying, which needs no proof; 2 split or in
            conflict. Nothing is written with 1 and 2.

            Example:
              quorate proof export /nix/store/HASH-hello-2.12 -o hello.proof
              quorate proof export /gnu/store/HASH-hello-2.12 -o hello.proof
            """.flowing)

    @OptionGroup package var policyOptions: PolicyOptions

    @Option(help: ArgumentHelp("Longest wait for the caches.", valueName: "seconds"))
    package var deadline = 30

    @Option(
        name: [.customShort("o"), .customLong("output")], help: "Where to write; '-' for standard output.",
        completion: .file())
    package var destination: String

    @Argument(help: "The store path, or a link to it.", completion: .file())
    package var path: String

    package init() {}

    package func run() async throws {
        let terminal = Terminal.standard(color: .auto)
        let status = try await CommandError.translating { () async throws -> ExitStatus in
            let subject = try subject()
            if destination != "-", Files.exists(destination) {
                throw CommandError(
                    .cannotWrite, "\(destination): is there already; remove it first if it is to be replaced")
            }
            let workplace = try Workplace()
            let policy = try workplace.policy(policyOptions.policy)
            let state = try workplace.openState(allowsForgetting: true)
            state.warn(on: terminal)
            let resources = HTTPResources()
            let limits = HTTPLimits(deadline: .seconds(deadline))
            let caches = CacheSet(policy: policy, limits: limits, pausesAfterTrouble: false, resources: resources)
            let logs = state.logs(of: policy, limits: limits, resources: resources)
            for note in caches.notes + logs.notes { terminal.errors.line("quorate: \("warning", .yellow): \(note)") }
            let result: Result<ExitStatus, any Error>
            do {
                await LogReading.run(logs, terminal: terminal)
                let inquirer = state.inquirer(policy: policy, caches: caches, logs: logs)
                let key = LookupKey(subject)
                let finding = await inquirer.inquire([key], subjects: [key: [subject]]).findings.first
                result = .success(
                    try await export(
                        subject, finding, ProofCollector(policy: policy, ledger: state.ledger, resources: resources),
                        terminal))
            } catch {
                result = .failure(error)
            }
            caches.shutdown()
            logs.shutdown()
            await resources.shutdown()
            await state.ledger.close()
            return try result.get()
        }
        try terminal.checkOutput()
        if status != .ok { throw ExitCode(status.rawValue) }
    }

    private func subject() throws -> Subject {
        .storePath(try StorePathArguments.parse(path, "", in: StorePathArguments.folder).path)
    }

    private func export(
        _ subject: Subject, _ finding: Finding?, _ collector: ProofCollector, _ terminal: Terminal
    ) async throws -> ExitStatus {
        guard let verdict = finding?.verdict(on: subject), verdict.status.isAccepting else {
            let word = finding?.verdict(on: subject)?.status.word ?? "unclaimed"
            terminal.errors.line("quorate: \(subject.description) is \(word): there is nothing to prove")
            return ["split", "conflict"].contains(word) ? .disagreement : .short
        }
        guard case .quorate(let outcome) = verdict.status else {
            terminal.errors.line(
                "quorate: \(subject.description) is \(verdict.status.word): it proves itself, without anybody's claim")
            return .short
        }
        let collected = try await collector.collect(verdict, outcome)
        for note in collected.notes { terminal.errors.line("quorate: \("warning", .yellow): \(note)") }
        guard !collected.container.evidence.isEmpty else {
            throw CommandError(.unavailable, "\(subject): none of its evidence can be had now")
        }
        // What was left out may have been needed.
        let alone = ProofVerifier(policy: collector.policy, context: TallyContext(now: SystemClock.now))
            .verify(collected.container)
        if !alone.isAccepted {
            let word = alone.verdict.status.word
            terminal.errors.line(
                "quorate: \("warning", .yellow): by what is in the file \(subject.description) is \(word) for others")
        }
        let bytes = collected.container.bytes
        if destination == "-" {
            terminal.output.data(bytes)
        } else {
            try Files.create(destination, bytes, mode: 0o644)
            terminal.errors.line(
                "\(destination): \(collected.container.evidence.count.counted("statement")), \(bytes.count.counted("byte"))"
            )
        }
        return .ok
    }
}
