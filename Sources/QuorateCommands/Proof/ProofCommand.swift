package import ArgumentParser

/// `quorate proof`: verdicts that anyone can check later, offline.
package struct ProofCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "proof",
        abstract: "Write all evidence for a verdict into one file, and check such a file offline.",
        subcommands: [ProofExportCommand.self, ProofVerifyCommand.self])

    package init() {}
}
