package import ArgumentParser
internal import Ledger
internal import Quorum
internal import Verification

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
            """.flowing)

    @OptionGroup package var output: OutputOptions

    @Argument(help: ArgumentHelp("The policy file, '-' for standard input.", valueName: "file"), completion: .file())
    package var file: String?

    package init() {}

    package func run() throws {
        let workplace = try Workplace()
        let policy = try workplace.policy(file)
        let terminal = output.terminal
        let now = SystemClock.now
        if output.json {
            terminal.output.data(try VerdictReport.encode(Document(policy, now: now)))
            return try terminal.checkOutput()
        }
        terminal.output.lines(policy.explanation(now: now).map { "\($0)" })
        for warning in policy.warnings(now: now) {
            let place = warning.line > 0 ? "line \(warning.line): " : ""
            terminal.errors.line("\("warning", .yellow): \(place)\(warning.message)")
        }
        try terminal.checkOutput()
    }

    private struct Document: Encodable {
        struct Warning: Encodable {
            /// Nil when the whole policy is meant.
            let line: Int?
            let message: String
        }

        let version = 1
        let policy: String
        let name: String?
        let quorums: [String: String]
        let explanation: [String]
        let warnings: [Warning]

        private enum CodingKeys: CodingKey { case version, policy, name, quorums, explanation, warnings }

        init(_ policy: Policy, now: Timestamp) {
            self.policy = "sha256:\(sha256(Array(policy.text.utf8)).hex)"
            name = policy.name
            var quorums: [String: String] = [:]
            for scope in Scope.allCases { quorums[scope.rawValue] = policy.requirement(of: scope) }
            self.quorums = quorums
            let found = policy.warnings(now: now)
            explanation = policy.explanation(now: now)
            warnings = found.map { Warning(line: $0.line > 0 ? $0.line : nil, message: $0.message) }
        }
    }
}
