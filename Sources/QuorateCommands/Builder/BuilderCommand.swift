package import ArgumentParser

/// `quorate builder`: whoever builds, and wants others to be able to count on it.
package struct BuilderCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "builder",
        abstract: "Make this machine a builder whose claims count with others, and exchange addresses with builders.",
        discussion: """
            A builder signs what it built and publishes that in a log, which other builders witness and mirror.
            docs/builder.md tells how to begin, docs/keys.md what to do when a key is lost or stolen.

            Examples:
              quorate builder init alice --url https://alice.example
              quorate log serve
              quorate builder join https://bob.example
            """.flowing,
        subcommands: [
            BuilderInitCommand.self, BuilderShowCommand.self, BuilderJoinCommand.self, BuilderLeaveCommand.self,
            BuilderRotateCommand.self,
        ])

    package init() {}
}
