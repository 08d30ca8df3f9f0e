package import ArgumentParser
internal import ClientSetup

/// `quorate policy init`: writes the policy that follows from the set-up of this machine's package managers.
package struct PolicyInitCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a policy from the caches and keys that this machine's nix or guix trusts.",
        discussion: """
            A file that is there is never replaced.

            Examples:
              quorate policy init
              quorate policy init -o team.policy
              quorate policy init -o -
            """.flowing)

    @Option(
        name: [.customShort("o"), .customLong("output")], help: "Where to write; '-' for standard output.",
        completion: .file())
    package var destination: String?

    package init() {}

    package func run() async throws {
        let workplace = try Workplace()
        let terminal = Terminal.standard(color: .auto)
        let proposal = try await ClientDiscovery.find().proposal()
        if destination == "-" {
            terminal.output.data(proposal.text)
            try terminal.checkOutput()
            return
        }
        let file = destination ?? workplace.places.policy
        if destination == nil { try Files.makeDirectory(workplace.places.configuration) }
        try Files.create(file, Array(proposal.text.utf8), mode: 0o644)
        terminal.output.line("Wrote \(file). Read it, then run: quorate policy check \(file)")
        terminal.output.line("Fitting mode to begin with: \(proposal.mode.rawValue)")
        try terminal.checkOutput()
    }
}
