package import ArgumentParser

/// `quorate builder leave`: forgets another builder.
package struct BuilderLeaveCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "leave",
        abstract: "Forget another builder: its log is no longer witnessed and mirrored, nor its witness asked.",
        discussion: """
            What was witnessed and mirrored stays. Policies are not touched.

            Example:
              quorate builder leave bob
            """.flowing)

    @Argument(help: "The builder, by its name here.")
    package var name: String

    package init() {}

    package func run() async throws {
        let name = try BuilderName.parse(name)
        let terminal = Terminal.standard(color: .auto)
        let book = PeerBook(folder: try Workplace().places.peers)
        guard try book.forget(name) else { throw CommandError(.noInput, book.unknown(name)) }
        terminal.output.line("Left \(name). A server that runs takes notice within seconds.")
        try terminal.checkOutput()
    }
}
