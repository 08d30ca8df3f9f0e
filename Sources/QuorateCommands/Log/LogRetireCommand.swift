package import ArgumentParser
internal import TransparencyLog

/// `quorate log retire`: ends a log.
package struct LogRetireCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "retire",
        abstract: "End a log: it takes no entry any more, and goes on being read.",
        discussion: """
            There is no way back, so the log of this machine's builder has to be meant with --yes. Entries that wait are sequenced and published first. 'quorate builder rotate' retires
            a builder's log and begins the next one.

            Example:
              quorate log retire --log /srv/log
            """.flowing)

    @OptionGroup package var log: LogFolderOptions

    @Flag(help: "Yes, the log of this machine's builder, for ever; not needed with --log.")
    package var yes = false

    package init() {}

    package func validate() throws {
        guard yes || log.folder != nil else {
            throw ValidationError(
                "this would end the log of this machine's builder for ever: name another with --log, or give --yes")
        }
    }

    package func run() async throws {
        let terminal = Terminal.standard(color: .auto)
        try await CommandError.translating {
            let places = try Workplace().places
            let directory = try log.directory(places)
            let sequencer = try await Sequencer.open(directory, signer: try log.signer(places))
            do {
                try await sequencer.retire()
            } catch {
                await sequencer.close()
                throw error
            }
            let checkpoint = sequencer.checkpoint()
            await sequencer.close()
            terminal.output.line("\(checkpoint.origin) is retired with \(checkpoint.size.counted("entry", "entries")).")
        }
        try terminal.checkOutput()
    }
}
