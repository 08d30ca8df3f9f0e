package import ArgumentParser
internal import Dispatch
internal import Glibc

/// The program: its subcommands, and how errors become lines and exit statuses.
package struct Quorate: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "quorate",
        abstract: "Install prebuilt software only when enough independent builders got the same bits.",
        discussion: """
            Exit status of verify and audit: 0 everything is quorate or self-verifying; 1 something is short or
            unclaimed; 2 something is split, in conflict, or different from what is installed. Of challenge: 1 something
            is inconclusive, 2 something differs. Of weather: 1 something is missing. Of build: 1 something failed. Of
            rebuild: 1 something failed or has nothing to be compared with, 2 something is different. Of every command:
            64 usage, 65 bad input or state, 66 no such file, 69 something needed is not available, 73 cannot write, 75
            another instance is running, 78 bad policy.

            Examples:
              quorate try --once                     all of it on this machine
              quorate audit                          is what is installed agreed on?
              quorate verify /nix/store/HASH-hello   ask every cache of the policy
              quorate challenge ./result             do servers have the same as I?
              quorate rebuild /nix/store/HASH-hello  is it what others published?
              quorate serve --mode enforce           the substituter for nix.conf
            """.flowing,
        version: "0.1.0-dev",
        subcommands: [
            TryCommand.self, AuditCommand.self, VerifyCommand.self, ChallengeCommand.self, WeatherCommand.self,
            ServeCommand.self, DoctorCommand.self,
            BuildCommand.self, RebuildCommand.self, AttestCommand.self, BuilderCommand.self, LogCommand.self,
            WitnessCommand.self, ProofCommand.self, StoreCommand.self, DerivationCommand.self, PolicyCommand.self,
            KeyCommand.self, HashCommand.self, RevokeCommand.self, ConflictCommand.self,
        ])

    package init() {}

    /// Runs the program, which ends the process.
    package static func start() -> Never {
        // First of all: Dispatch opens files of its own as soon as there is a task.
        StandardDescriptors.fill()
        Task.detached { await runProgram() }
        dispatchMain()
    }

    /// Parses the command line, runs, and ends the process.
    private static func runProgram() async -> Never {
        // A reader that went away is an ordinary end of writing, met where the writing is done.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot(PlainArguments.take(from: Array(CommandLine.arguments.dropFirst())))
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            Glibc.exit(0)
        } catch let error as CommandError {
            end(error.status, error.description)
        } catch let error as TerminalError {
            // What was printed is not whole: no verdict's exit status may say otherwise.
            end(.cannotWrite, error.description)
        } catch let status as ExitCode {
            Glibc.exit(status.rawValue)
        } catch {
            endByParser(error)
        }
    }

    /// Ends the process with one line about what went wrong.
    private static func end(_ status: ExitStatus, _ complaint: String) -> Never {
        Terminal.standard(color: .auto).errors.line("quorate: \(complaint.shortened())")
        Glibc.exit(status.rawValue)
    }

    /// Ends the process as the argument parser wants it ended: with help, which is a result, or with a complaint.
    private static func endByParser(_ error: any Error) -> Never {
        let terminal = Terminal.standard(color: .auto)
        let text = fullMessage(for: error, columns: nil)
        let status = exitCode(for: error)
        guard status == .success else {
            if !text.isEmpty { terminal.errors.line(StyledText(lines: text.shortened())) }
            Glibc.exit(status.rawValue)
        }
        terminal.output.raw(Array((text + "\n").utf8))
        do {
            try terminal.checkOutput()
        } catch {
            end(.cannotWrite, error.description)
        }
        Glibc.exit(0)
    }
}
