package import ArgumentParser
internal import DurableFiles

/// `quorate builder init`: keys, log and card of this machine's builder.
package struct BuilderInitCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make keys, log and card of this machine's builder, and print the policy lines to hand to others.",
        discussion: """
            The address is where 'quorate log serve' will be reached: it is part of the names of log and witness, and
            stays for as long as the log does. Keys that are there are kept; none is ever replaced. What was begun and
            broken off is finished when the command is given again.

            Example:
              quorate builder init alice --url https://alice.example
            """.flowing)

    @OptionGroup package var output: OutputOptions

    @Option(help: ArgumentHelp("The address at which others reach this builder.", valueName: "address"))
    package var url: String

    @Argument(help: "What the builder is called.")
    package var name: String

    package init() {}

    package func run() async throws {
        let terminal = output.terminal
        try await CommandError.translating { () async throws in
            let workplace = try Workplace()
            let card = try await BuilderFounding.found(
                workplace, name: try BuilderName.parse(name), address: try BuilderAddress(url))
            let report = BuilderReport(card: card, peers: PeerBook(folder: workplace.places.peers).read().peers)
            if output.json { return terminal.output.data(try report.json()) }
            report.print(to: terminal)
            terminal.errors.line("")
            terminal.errors.line(
                "Next: 'quorate log serve' at \(card.address), then 'quorate builder join' with others.")
        }
        try terminal.checkOutput()
    }
}
