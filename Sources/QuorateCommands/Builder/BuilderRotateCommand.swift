package import ArgumentParser
internal import TransparencyLog

/// `quorate builder rotate`: gives up the log, or the builder's key as well, and begins anew.
package struct BuilderRotateCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Close this machine's log for ever and begin another, with a new builder's key if one was stolen.",
        discussion: """
            A log cannot change its name, and neither its key nor its address may be used for another: the new one has
            an address of its own. The old log gets a last checkpoint, takes no entry any more, and moves to 'retired'
            in the state folder, from where any web server can show it under its old address. The new log takes over
            what it holds, unless --new-key says that what the builder's key signed cannot be trusted. docs/keys.md
            tells when this is the thing to do, and what others have to know.

            Examples:
              quorate builder rotate --url https://alice.example/2
              quorate builder rotate --url https://alice.example/2 --new-key
            """.flowing)

    @OptionGroup package var output: OutputOptions

    @Option(help: ArgumentHelp("The address of the new log, witness and mirror.", valueName: "address"))
    package var url: String

    @Flag(help: "Make a new builder's key too: the old one was lost, or others may have it.")
    package var newKey = false

    package init() {}

    package func run() async throws {
        let terminal = output.terminal
        try await CommandError.translating { () async throws in
            let workplace = try Workplace()
            let rotation = BuilderRotation(
                workplace: workplace, address: try BuilderAddress(url), makesKey: newKey,
                warn: { terminal.errors.line("quorate: \("warning", .yellow): \($0)") })
            let outcome = try await rotation.run()
            let (old, card) = (outcome.old, outcome.new)
            let report = BuilderReport(card: card, peers: PeerBook(folder: workplace.places.peers).read().peers)
            if output.json { return terminal.output.data(try report.json()) }
            report.print(to: terminal)
            terminal.errors.line("")
            terminal.errors.line("The log \(old.log.name) is closed and lies in \(rotation.retired(old)).")
            if outcome.carried > 0 {
                terminal.errors.line("The new log has its entries too, \(outcome.carried.grouped) of them.")
            }
            terminal.errors.line("Others join again: quorate builder join \(card.address)")
            if newKey {
                terminal.errors.line("Policies take the old key back: revoke key builder \(old.builder.text)")
            }
        }
        try terminal.checkOutput()
    }
}
