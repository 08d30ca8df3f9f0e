package import ArgumentParser
internal import ClaimSources
internal import Ledger
internal import LedgerSQLite
internal import Quorum
internal import Subprocess
internal import SystemPackage
internal import TransparencyLog
internal import Verification

/// `quorate log monitor`: watches logs for what nobody else would tell.
package struct LogMonitorCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "monitor",
        abstract: "Watch the policy's logs: forks, builders that contradict themselves, claims under your key.",
        discussion: """
            Follows every log of the policy, asks the policy's witnesses what they have seen, and compares. A builder
            contradicts itself when it states two outcomes of one path. Claims under this machine's builder key, or one
            given with --own, that are not in this machine's log are told. A state of its own is kept, so that each
            alarm is told once, and a next run goes on where this one ended.

            Exit status: 0 nothing, 1 something could not be looked at, 2 an alarm.

            Examples:
              quorate log monitor
              quorate log monitor --every 300 --exec 'mail -s "quorate alarm" root'
            """.flowing)

    @OptionGroup package var output: OutputOptions
    @OptionGroup package var policyOptions: PolicyOptions

    @Option(
        help: ArgumentHelp(
            "A builder's verifier key whose every claim should be in this machine's log; may be repeated.",
            valueName: "key"))
    package var own: [String] = []

    @Option(help: ArgumentHelp("Go on, and look again after so many seconds.", valueName: "seconds"))
    package var every: Int?

    @Option(
        name: .customLong("exec"),
        help: ArgumentHelp(
            "A shell command that is run for each alarm, with the alarm on its standard input.", valueName: "command"))
    package var command: String?

    package init() {}

    package func validate() throws {
        if let every, every < 1 { throw ValidationError("--every: at least one second") }
    }

    package func run() async throws {
        let terminal = output.terminal
        let status = try await CommandError.translating { () async throws -> ExitStatus in
            let workplace = try Workplace()
            let policy = try workplace.policy(policyOptions.policy)
            let watch = try MonitorWatch(workplace, policy: policy, own: own)
            for note in watch.notes { terminal.errors.line("quorate: \("warning", .yellow): \(note)") }
            while true {
                let report = await watch.look()
                try show(report, on: terminal)
                for alarm in report.alarms { await call(for: alarm, terminal) }
                guard let every else {
                    await watch.close()
                    return report.alarms.isEmpty ? (report.troubles.isEmpty ? .ok : .short) : .disagreement
                }
                try await Task.sleep(for: .seconds(every))
            }
        }
        try terminal.checkOutput()
        if status != .ok { throw ExitCode(status.rawValue) }
    }

    private struct Document: Encodable {
        let version = 1
        let logs: [Log]
        let alarms: [Alarm]
        let troubles: [String]

        struct Alarm: Encodable {
            let kind: String
            let message: String
        }

        struct Log: Encodable {
            let origin: String
            let standing: String
            let size: UInt64?
            let read: UInt64
            let newClaims: Int
            let message: String?
        }
    }

    private func show(_ report: MonitorReport, on terminal: Terminal) throws {
        if output.json {
            let logs = report.statuses.map {
                Document.Log(
                    origin: $0.log.origin, standing: $0.standing.rawValue, size: $0.size, read: $0.read,
                    newClaims: $0.newClaims, message: $0.message)
            }
            terminal.output.data(
                try VerdictReport.encode(
                    Document(
                        logs: logs,
                        alarms: report.alarms.map { Document.Alarm(kind: $0.word, message: $0.description) },
                        troubles: report.troubles)))
            return
        }
        for status in report.statuses {
            terminal.output.line(
                "\(status.log.origin): \(status.standing.rawValue), \(status.read.grouped) of "
                    + "\(status.size.map { $0.counted("entry", "entries") } ?? "? entries") read, "
                    + "\(status.newClaims.counted("new claim"))"
            )
        }
        for trouble in report.troubles { terminal.errors.line("quorate: \("warning", .yellow): \(trouble)") }
        for alarm in report.alarms { terminal.errors.line("quorate: \("ALARM", .red): \(alarm.description)") }
    }

    /// Runs the command for an alarm. That it fails is told, and ends nothing.
    private func call(for alarm: MonitorAlarm, _ terminal: Terminal) async {
        guard let command else { return }
        do {
            let result = try await Subprocess.run(
                .path("/bin/sh"), arguments: ["-c", command], input: .string(alarm.description + "\n"),
                output: .discarded, error: .discarded)
            guard !result.terminationStatus.isSuccess else { return }
            terminal.errors.line("quorate: \("warning", .yellow): --exec: \(result.terminationStatus)")
        } catch {
            terminal.errors.line("quorate: \("warning", .yellow): --exec: \(error)")
        }
    }
}
