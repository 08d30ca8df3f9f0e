package import ArgumentParser

/// `quorate builder show`: this machine's builder and its peers.
package struct BuilderShowCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "show",
        abstract:
            "Show this machine's builder and those that it exchanged addresses with, or the lines of one of them.",
        discussion: """
            Examples:
              quorate builder show
              quorate builder show bob
              quorate builder show --card > alice.card
            """.flowing)

    @OptionGroup package var output: OutputOptions

    @Flag(help: "Print the card itself, to be handed on as a file.")
    package var card = false

    @Argument(help: "Another builder, by its name here.")
    package var name: String?

    package init() {}

    package func run() async throws {
        let terminal = output.terminal
        let places = try Workplace().places
        let book = PeerBook(folder: places.peers)
        let shown: BuilderCard
        var report: BuilderReport
        if let name {
            let peer = try book.known(BuilderName.parse(name))
            shown = peer.card
            report = BuilderReport(card: shown, calledHere: peer.name)
        } else {
            shown = try BuilderSite.readCard(places)
            let (peers, notes) = book.read()
            for note in notes { terminal.errors.line("quorate: \("warning", .yellow): \(note)") }
            report = BuilderReport(card: shown, peers: peers)
        }
        if card {
            terminal.output.data(shown.note)
        } else if output.json {
            terminal.output.data(try report.json())
        } else {
            report.print(to: terminal)
        }
        try terminal.checkOutput()
    }
}
