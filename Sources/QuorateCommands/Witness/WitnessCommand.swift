package import ArgumentParser

/// `quorate witness`: cosigns the checkpoints of logs.
package struct WitnessCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "witness",
        abstract: "Run a witness: it cosigns checkpoints of logs and never two that contradict each other.",
        discussion: "A builder has one with 'quorate log serve'; this is for those who only watch.",
        subcommands: [WitnessInitCommand.self, WitnessServeCommand.self])

    package init() {}
}
