package import ArgumentParser

/// `quorate policy`: who counts, and how many must agree.
package struct PolicyCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Check a policy, explain it in words, write one to begin with, or share one.",
        subcommands: [
            PolicyCheckCommand.self, PolicyInitCommand.self, PolicyFromGuixACLCommand.self, PolicyShowCommand.self,
            PolicySignCommand.self,
            PolicyUpdateCommand.self,
        ])

    package init() {}
}
