package import ArgumentParser
internal import ClientSetup
internal import Glibc
internal import Verification

/// `quorate doctor`: what on this machine goes round the gateway.
package struct DoctorCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Examine the settings of nix and guix: what would be installed without the quorum being asked?",
        discussion: """
            Reads only. A user's own settings and variables count for that user alone, so run it as the user who
            installs, and once as root. What people pass to guix themselves it cannot see.

            Exit status: 0 nothing goes round the gateway, 1 something does.

            Examples:
              quorate doctor
              quorate doctor --gateway http://127.0.0.1:8421
            """.flowing)

    @OptionGroup package var policyOptions: PolicyOptions
    @OptionGroup package var output: OutputOptions

    @Option(help: ArgumentHelp("The gateway that everything should come from.", valueName: "url"))
    package var gateway = "http://127.0.0.1:8421"

    package init() {}

    package func validate() throws {
        guard gateway.hasPrefix("http://") || gateway.hasPrefix("https://") else {
            throw ValidationError("--gateway: expected http:// or https://, got '\(gateway)'")
        }
    }

    package func run() async throws {
        let terminal = output.terminal
        let workplace = try Workplace()
        let clients = try await ClientDiscovery.find()
        guard clients.nix != nil || clients.guix != nil else {
            throw CommandError(
                .unavailable, "neither nix nor guix is set up on this machine, so there is nothing to examine")
        }
        let found = try await GatewayDiscovery.find(
            url: gateway, policyFile: policyOptions.policy, workplace: workplace)
        for remark in found.remarks { terminal.errors.line("quorate: \("warning", .yellow): \(remark)") }
        let environment = Places.environment
        let report = DoctorReport(
            nix: clients.nix.map { Doctor(nix: $0, environment: environment, gateway: found.setup).examine() },
            guix: clients.guix.map { GuixDoctor(guix: $0, environment: environment, gateway: found.setup).examine() },
            gateway: found.setup, remarks: found.remarks)
        if output.json {
            terminal.output.data(try report.json())
        } else {
            report.print(to: terminal, isNixOS: access("/etc/NIXOS", F_OK) == 0)
        }
        try terminal.checkOutput()
        guard report.findings.exitCode == 0 else { throw ExitCode(report.findings.exitCode) }
    }
}
