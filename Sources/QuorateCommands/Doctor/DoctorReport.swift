internal import ClientSetup
internal import StoreFormats
internal import Verification

/// What the doctor found, and how it is told.
struct DoctorReport {
    /// About each package manager; nil for one that is not set up here.
    var nix: [DoctorFinding]?
    var guix: [DoctorFinding]?
    let gateway: GatewaySetup
    let remarks: [String]

    /// All of them.
    var findings: [DoctorFinding] { (nix ?? []) + (guix ?? []) }

    private var clients: [(name: String, findings: [DoctorFinding])] {
        [("nix", nix ?? []), ("guix", guix ?? [])]
    }

    /// - Parameter isNixOS: Whether settings are written as a module here.
    func print(to terminal: Terminal, isNixOS: Bool) {
        terminal.output.line("Gateway: \(gateway.url), \(signing)")
        terminal.output.line()
        var table = Table(
            columns: [
                Table.Column("finding"), Table.Column("for"), Table.Column("setting"), Table.Column("what it means"),
            ],
            overflow: .wrap)
        // The gravest first; within one severity the doctor's own order.
        for severity in DoctorFinding.Severity.allCases.sorted(by: >) {
            for (client, findings) in clients {
                for finding in findings where finding.severity == severity {
                    let fix: StyledText = finding.fix.map { "  Change: \($0, .bold)" } ?? ""
                    table.add(
                        "\(severity.rawValue, severity.style)", "\(client)", "\(finding.setting)",
                        "\(finding.what)" + fix)
                }
            }
        }
        terminal.output.line(table)
        terminal.output.line()
        switch findings.worst {
        case .ok: terminal.output.line("Everything is in order: what is installed from caches comes from the gateway.")
        case .warning: terminal.output.line("Nothing goes round the gateway. The warnings are worth a look.")
        case .bypass:
            terminal.output.line("\("Software can come in without the quorum being asked.", .red)")
        }
        if let nix, nix.worst != .ok {
            show(
                isNixOS ? ClientSnippet.nixosModule(gateway) : ClientSnippet.nixConf(gateway),
                under: isNixOS ? "As a NixOS module:" : "In /etc/nix/nix.conf, then restart the daemon:", on: terminal)
        }
        if let guix, guix.worst != .ok {
            show(
                ClientSnippet.guix(gateway),
                under: "For Guix, with the other keys taken out of /etc/guix/acl (docs/client-guix.md):", on: terminal)
        }
    }

    private func show(_ snippet: String, under title: StyledText, on terminal: Terminal) {
        terminal.output.line()
        terminal.output.line(title)
        terminal.output.lines(snippet.split(separator: "\n").map { "    \(String($0))" })
    }

    private var signing: StyledText {
        switch gateway.signing {
        case .reSign(let key): "signing with its own key \(key.name)"
        case .filter(let keys): "passing on the signatures of \(keys.map(\.name).joined(separator: ", "))"
        }
    }

    private struct Document: Encodable {
        let version: Int
        let gateway: String
        let signing: String
        let trustedKeys: [String]
        let worst: String
        let remarks: [String]
        let findings: [Finding]
    }

    private struct Finding: Encodable {
        let client: String
        let severity: String
        let setting: String
        let what: String
        let fix: String?
    }

    func json() throws -> [UInt8] {
        let isReSigned = if case .reSign = gateway.signing { true } else { false }
        return try VerdictReport.encode(
            Document(
                version: 1, gateway: gateway.url, signing: isReSigned ? "re-sign" : "filter",
                trustedKeys: gateway.trustedKeys.map(\.description), worst: findings.worst.rawValue, remarks: remarks,
                findings: clients.flatMap { client, findings in
                    findings.map {
                        Finding(
                            client: client, severity: $0.severity.rawValue, setting: $0.setting, what: $0.what,
                            fix: $0.fix)
                    }
                }))
    }
}

extension DoctorFinding.Severity {
    fileprivate var style: Style {
        switch self {
        case .ok: .green
        case .warning: .yellow
        case .bypass: .red
        }
    }
}
