package import ArgumentParser
internal import ClaimSources
internal import Quorum
internal import StoreFormats
internal import TransparencyLog

/// `quorate key builder`: the line with which this machine's own builds count.
package struct KeyBuilderCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "builder",
        abstract: "Print the policy line with which this machine's own builds count as a voter.",
        discussion: """
            The key is made when it is first needed. 'quorate rebuild' signs with it what it built; a policy that has
            this line counts that as built, here and in the gateway.

            Example:
              quorate key builder --name desk >> ~/.config/quorate/policy
            """.flowing)

    @Option(help: "The voter's name in the policy.")
    package var name = "here"

    package init() {}

    package func run() throws {
        let terminal = Terminal.standard(color: .auto)
        let key = try Workplace().builderKey().publicKey
        guard let verifier = NoteKey(key) else {
            throw CommandError(.badData, "the builder's key '\(key.name)' has a name that policies cannot have")
        }
        let line = "builder \(name) \(verifier.description)"
        guard !name.isEmpty, !name.contains(where: \.isWhitespace) else {
            throw CommandError(.usage, "--name '\(name)': a voter's name is one word")
        }
        do throws(PolicyError) {
            _ = try Policy.parse(line + "\n")
        } catch {
            throw CommandError(.usage, "--name '\(name)': \(error.message)")
        }
        terminal.output.line("\(line)")
        try terminal.checkOutput()
    }
}
