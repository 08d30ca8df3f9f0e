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
    package static let configuration = CommandConfiguration(commandName: "list", abstract: "List standing conflicts.")

    package init() {}

    package func run() throws {
        let terminal = Terminal.standard(color: .auto)
        let state = try Workplace().openState(allowsForgetting: true)
        state.warn(on: terminal)
        terminal.output.lines(state.local.conflictLines.map { "\($0)" })
        try terminal.checkOutput()
        guard state.local.conflictLines.isEmpty else { throw ExitCode(ExitStatus.disagreement.rawValue) }
    }
}

/// `quorate conflict clear`.
package struct ConflictClearCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "clear", abstract: "End the alarm about one store path.",
        discussion: """
            While two outcomes still meet the quorum the next question raises it again: revoke one of them, or a key.
            """)

    @Argument(help: "The store path.")
    package var path: String

    package init() {}

    package func run() throws {
        let path = try StorePathArguments.parse(path, "")
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
