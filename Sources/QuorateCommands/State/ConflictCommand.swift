package import ArgumentParser
internal import Quorum
internal import StoreFormats
internal import Verification

/// `quorate conflict`: the alarms that stand until a person clears them.
package struct ConflictCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "conflict",
        abstract: "List conflicts (two outcomes met the quorum), or clear one after looking into it.",
        subcommands: [ConflictListCommand.self, ConflictClearCommand.self])

    package init() {}
}

/// `quorate conflict list`.
package struct ConflictListCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List standing conflicts.",
        discussion: """
            A line each: since when, the store path, and the outcomes with the parties behind them.

            Exit status: 0 none stands, 2 some do.
            """.flowing)

    @OptionGroup package var output: OutputOptions

    package init() {}

    package func run() throws {
        let terminal = output.terminal
        let state = try Workplace().openState(allowsForgetting: true)
        state.warn(on: terminal)
        if output.json {
            terminal.output.data(try VerdictReport.encode(Document(conflicts: state.local.conflicts)))
        } else {
            terminal.output.lines(state.local.conflictLines.map { "\($0)" })
        }
        try terminal.checkOutput()
        guard state.local.conflictLines.isEmpty else { throw ExitCode(ExitStatus.disagreement.rawValue) }
    }

    private struct Document: Encodable {
        let version = 1
        let conflicts: [StandingConflict]

        private enum CodingKeys: CodingKey { case version, conflicts }
    }
}

/// `quorate conflict clear`.
package struct ConflictClearCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "clear", abstract: "End the alarm about one store path.",
        discussion: """
            While two outcomes still meet the quorum the next question raises it again: revoke one of them, or a key.
            """.flowing)

    @Argument(help: "The store path.", completion: .file())
    package var path: String

    package init() {}

    package func run() throws {
        let path = try StorePathArguments.parse(path, "", in: StorePathArguments.folder)
        let state = try Workplace().openState(allowsForgetting: false)
        state.warn(on: Terminal.standard(color: .auto))
        do {
            guard try state.local.clearConflict(.storePath(path.path)) else {
                throw CommandError(.noInput, "\(path.path): no conflict stands")
            }
        } catch let error as CommandError {
            throw error
        } catch {
            throw CommandError(.cannotWrite, "\(error)")
        }
    }
}
