package import ArgumentParser
internal import Attestations
internal import Crypto
internal import DurableFiles
internal import Proofs
internal import Quorum
internal import StoreFormats
internal import Verification

/// `quorate proof verify`: checks a proof file without asking anybody.
package struct ProofVerifyCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check a proof file offline under a policy.",
        discussion: """
            Nothing is asked and nothing but the files named and this machine's own revocations is read. The policy is
            yours: the one in the file says what was believed when it was made, and counts for nothing here. Says what
            was relied on, how old it is, and what a file cannot show.

            Exit status: 0 quorate, 1 not enough under this policy, 2 disagreement, or the file is another outcome.

            Examples:
              quorate proof verify hello.proof --file /nix/store/HASH-hello-2.12
              quorate proof verify hello.proof --policy team.policy \\
                  --as-of 2027-01-31T00:00:00Z
              quorate proof verify hello.proof --summary hello.vsa.json
            """.flowing)

    @OptionGroup package var output: OutputOptions
    @OptionGroup package var policyOptions: PolicyOptions

    @Option(
        help: ArgumentHelp("What was proven: a NAR, a store path on the disk, a .deb.", valueName: "file"),
        completion: .file())
    package var file: String?

    @Option(help: ArgumentHelp("Judge as of this moment, such as 2027-01-31T00:00:00Z.", valueName: "time"))
    package var asOf: String?

    @Option(
        help: ArgumentHelp(
            "Write a SLSA verification summary, signed by this machine's verifier key.", valueName: "file"),
        completion: .file())
    package var summary: String?

    @Argument(help: ArgumentHelp("The proof; '-' for standard input.", valueName: "proof"), completion: .file())
    package var proof: String

    package init() {}

    package func validate() throws {
        if let asOf, Timestamp(rfc3339: asOf) == nil {
            throw ValidationError("--as-of: a time such as 2027-01-31T00:00:00Z, not '\(asOf)'")
        }
    }

    package func run() throws {
        let terminal = output.terminal
        let report: ProofReport
        do {
            let workplace = try Workplace()
            let policy = try workplace.policy(policyOptions.policy)
            let bytes = try Files.read(proof)
            let container: ProofContainer
            do {
                container = try ProofContainer(parsing: bytes)
            } catch {
                throw CommandError(.badData, "\(proof == "-" ? "standard input" : proof): \(error.message)")
            }
            let revoked = try LocalState(directory: workplace.places.state).revocations
            let context = TallyContext(
                now: asOf.flatMap { Timestamp(rfc3339: $0) } ?? SystemClock.now, revokedKeys: revoked.keys,
                revokedOutcomes: revoked.outcomes)
            report = ProofVerifier(policy: policy, context: context)
                .verify(container, contents: try contents(for: container.subject, workplace, terminal))
            if let summary { try write(report, to: summary, workplace, terminal) }
        } catch {
            throw CommandError(trouble: error)
        }
        if output.json {
            terminal.output.data(try ProofDocument(report).bytes())
        } else {
            show(report, on: terminal)
        }
        try terminal.checkOutput()
        let status = Self.status(of: report)
        if status != .ok { throw ExitCode(status.rawValue) }
    }

    private static func status(of report: ProofReport) -> ExitStatus {
        if report.contents == .differ { return .disagreement }
        if report.isAccepted { return .ok }
        switch report.verdict.status {
        case .split, .conflict: return .disagreement
        default: return .short
        }
    }

    /// The digest of what is in hand.
    private func contents(
        for subject: Subject, _ workplace: Workplace, _ terminal: Terminal
    ) throws -> ProofContents? {
        guard var file else { return nil }
        guard case .storePath = subject else {
            return .file(sha256: try FileDigest.sha256(file))
        }
        if FileStatus(path: file)?.isSymbolicLink == true {
            // What `nix-build` leaves leads into a store, and that is meant. Any other link may be what was built.
            if case .store(_, let place, true) = try LinkEnd(file, folder: workplace.places.store) {
                file = place
            } else {
                terminal.errors.line(
                    "quorate: \("warning", .yellow): \(file) is a link, and was compared as one; name what it leads to "
                        + "if that was meant")
            }
        }
        if let nar = try FileDigest.nar(file) { return nar }
        let digest = try NarHasher.hash(path: file)
        return .nar(hash: digest.hash, size: digest.size)
    }

    private func write(
        _ report: ProofReport, to file: String, _ workplace: Workplace, _ terminal: Terminal
    ) throws {
        guard let summary = report.summary else {
            throw CommandError(.badData, "no summary is written of what is not accepted, or names no outcome")
        }
        let bytes = try summary.sign(by: try AttestationSigner(try workplace.verifierKey())).bytes
        if file == "-" {
            terminal.output.data(bytes + [UInt8(ascii: "\n")])
        } else {
            try WholeFile.replace(file, bytes, mode: 0o644)
        }
    }

    private func show(_ report: ProofReport, on terminal: Terminal) {
        let word: StyledText =
            report.isAccepted ? "\(report.verdict.status.word, .green)" : "\(report.verdict.status.word, .red)"
        terminal.output.line("\(report.subject.description)  \(word)  (\(report.verdict.requirement))")
        switch report.contents {
        case .agree: terminal.output.line("The file is this outcome.")
        case .differ: terminal.output.line("\("The file is another outcome.", .red)")
        case .notGiven, .nothingAgreed: break
        }
        for line in report.notCounted { terminal.output.line("  not counted: \(line)") }
        if !report.reliedOn.isEmpty { terminal.output.line("Relied on:") }
        for line in report.reliedOn { terminal.output.line("  \(line)") }
        terminal.output.line("Not shown by this file:")
        for line in report.cannotShow { terminal.output.line("  \(line)") }
        if report.isReproduced {
            terminal.output.line("Reproduced by \(report.reproducedBy.joined(separator: ", ")).")
        }
    }
}

/// Digests of files that may be large.
private enum FileDigest {
    private static let narMagic: [UInt8] = [13, 0, 0, 0, 0, 0, 0, 0] + Array("nix-archive-1".utf8)

    static func sha256(_ path: String) throws -> Digest256 {
        var hash = SHA256()
        let file = try ByteFile(path)
        while let bytes = try file.next() { hash.update(data: bytes) }
        guard let digest = Digest256(Array(hash.finalize())) else { throw CommandError(.badData, "\(path): no digest") }
        return digest
    }

    /// The hash and size of a file that is a NAR; nil for anything else.
    static func nar(_ path: String) throws -> ProofContents? {
        guard let status = FileStatus(path: path) else { throw CommandError(.noInput, "\(path): not there") }
        guard status.isRegular, try ByteFile(path).next()?.starts(with: narMagic) ?? false,
            let hash = NarHash(try sha256(path).bytes)
        else { return nil }
        return .nar(hash: hash, size: status.size)
    }
}
