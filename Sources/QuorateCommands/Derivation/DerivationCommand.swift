package import ArgumentParser

/// `quorate derivation`: store derivations, to look at and to write.
package struct DerivationCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "derivation",
        abstract: "Show derivations, or add one that was written as JSON.",
        subcommands: [DerivationShowCommand.self, DerivationAddCommand.self])

    package init() {}
}
