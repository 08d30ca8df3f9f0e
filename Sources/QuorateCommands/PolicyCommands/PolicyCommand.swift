package import ArgumentParser

/// `quorate policy`: who counts, and how many must agree.
package struct PolicyCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Check a policy, explain it in words, or write one to begin with.",
        subcommands: [PolicyCheckCommand.self, PolicyInitCommand.self])

    package init() {}
}
