package import ArgumentParser
internal import ClientSetup
internal import Ledger
internal import Quorum
internal import Verification

/// `quorate revoke`: takes an outcome or a key out of what counts, at once.
package struct RevokeCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Stop counting a key or serving an outcome, at once, and list the installed paths that it touches.",
        discussion: """
            Running gateways on this state take it over within a second: narinfo and NAR are no longer served. What is
            installed stays installed; it is listed: for a key, what it signed and
            what it stated in a claim that the ledger has.

            What is revoked already stays so: exit status 0.

            Examples:
              quorate revoke outcome sha256:<64 hexadecimal digits> [STOREPATH] \\
                  --reason "back door"
              quorate revoke key nix cache.example.org-1:<base64> --reason "stolen"
            """.flowing)

    @Argument(
        help: "outcome HASH [STOREPATH], or key nix|guix|builder|rebuilder KEY.",
        completion: .list(["outcome", "key", "nix", "guix", "builder", "rebuilder"]))
    package var what: [String]

    @Option(help: "Why, for those who read it later.")
    package var reason: String?

    @OptionGroup package var output: OutputOptions

    package init() {}

    package func run() async throws {
        let terminal = output.terminal
        var line = "revoke " + what.map { NarHashWords.asHexadecimal($0) }.joined(separator: " ")
        if let reason {
            guard !reason.contains("\""), !reason.contains("\n") else {
                throw CommandError(.usage, "--reason: no quotation marks or line ends")
            }
            line += " \"\(reason)\""
        }
        let added: Revocations
        do {
            added = try Revocations(text: line + "\n")
        } catch {
            throw CommandError(.usage, "\(error.message)")
        }
        guard !added.keys.isEmpty || !added.outcomes.isEmpty else {
            throw CommandError(.usage, "expected 'outcome HASH [STOREPATH]' or 'key nix|guix|builder|rebuilder KEY'")
        }
        let workplace = try Workplace()
        let state = try workplace.openState(allowsForgetting: false)
        state.warn(on: terminal)
        let isNew: Bool
        do {
            isNew = try state.local.revoke(line)
        } catch {
            throw CommandError(.cannotWrite, "\(error)")
        }
        if !output.json {
            terminal.output.line(
                isNew
                    ? "Revoked. Gateways on this state stop serving it within a second." : "It is revoked already.")
        }
        let touched = try await touched(by: added, state: state)
        if output.json {
            terminal.output.data(try VerdictReport.encode(Document(isNew: isNew, installed: touched)))
        } else if let touched {
            terminal.output.line("Installed paths that it touches: \(touched.count.grouped)")
            terminal.output.lines(touched.map { "  \($0)" })
        } else {
            terminal.output.line("No nix here to ask what is installed.")
        }
        try terminal.checkOutput()
    }

    /// What is installed of it; nil where no nix can be asked.
    private func touched(by added: Revocations, state: Workplace.State) async throws -> [String]? {
        guard let installed = await InstalledStore.read() else { return nil }
        do {
            return try await TouchedPaths.find(added, in: installed.paths, ledger: state.ledger)
        } catch {
            throw CommandError(.badData, "revoked, but what it touches cannot be listed: \(error.message)")
        }
    }

    private struct Document: Encodable {
        let version = 1
        let isNew: Bool
        let installed: [String]?

        private enum CodingKeys: CodingKey { case version, isNew, installed }
    }
}
