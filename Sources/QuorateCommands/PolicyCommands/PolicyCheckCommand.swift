package import ArgumentParser
internal import Quorum

/// `quorate policy check`: explains a policy, or refuses it with line and reason.
package struct PolicyCheckCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Explain a policy in words, or refuse it with line and reason.",
        discussion: """
            Exit status: 0 the policy is good, 78 it is refused.

            Examples:
              quorate policy check
              quorate policy check team.policy
            """)

    @Option(help: "Colour: auto, always or never.")
    package var color = ColorChoice.auto

    @Argument(help: ArgumentHelp("The policy file, '-' for standard input.", valueName: "file"))
    package var file: String?

    package init() {}

    package func run() throws {
        let workplace = try Workplace()
        let policy = try workplace.policy(file)
        let terminal = Terminal.standard(color: color)
        let now = SystemClock.now
        terminal.output.lines(policy.explanation(now: now).map { "\($0)" })
        for warning in policy.warnings(now: now) {
            let place = warning.line > 0 ? "line \(warning.line): " : ""
            terminal.errors.line("\("warning", .yellow): \(place)\(warning.message)")
        }
        try terminal.checkOutput()
    }
}
