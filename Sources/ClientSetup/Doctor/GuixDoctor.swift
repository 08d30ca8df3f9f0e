internal import Quorum

/// Reads Guix's settings as an attacker would: what would come in without the quorum being asked?
///
/// What it cannot see is what people pass to `guix` themselves: anybody may name servers there, and whose key is in the
/// access list is then believed.
package struct GuixDoctor: Sendable {
    private let guix: GuixConfiguration
    private let buildOptions: String?
    private let gateway: GatewaySetup

    /// - Parameters:
    ///   - guix: this machine's access list and servers.
    ///   - environment: the variables that `guix` sees.
    ///   - gateway: where everything should come from.
    package init(guix: GuixConfiguration, environment: [String: String], gateway: GatewaySetup) {
        self.guix = guix
        buildOptions = environment["GUIX_BUILD_OPTIONS"].flatMap { $0.isEmpty ? nil : $0 }
        self.gateway = gateway
    }

    /// All findings, what is in order among them, in a fixed order.
    package func examine() -> [DoctorFinding] { keys + servers + options + offloading }

    // MARK: What the settings say

    private var foreignKeys: [GuixConfiguration.AuthorizedKey] {
        guix.authorizedKeys.filter { !gateway.guixKeys.contains($0.identity) }
    }

    /// What the variable says, as the command line that it is.
    private var variable: GuixDaemon {
        GuixDaemon(arguments: (buildOptions ?? "").split(whereSeparator: \.isWhitespace).map(String.init))
    }

    private var addresses: [SubstituterAddress] {
        (variable.substituteURLs ?? guix.substituteURLs).map(SubstituterAddress.init)
    }

    private var others: [SubstituterAddress] { addresses.filter { !gateway.isHere($0) } }

    private var isReSigned: Bool {
        if case .reSign = gateway.signing { return true }
        return false
    }

    // MARK: Findings

    private var keys: [DoctorFinding] {
        let setting = GuixConfiguration.accessListPath
        var findings: [DoctorFinding] = guix.notes.map {
            DoctorFinding(
                .warning, setting, "\($0). Guix may read it in another way than this program.", fix: "Take it out")
        }
        let authorized = Set(guix.authorizedKeys.map(\.identity))
        if gateway.guixKeys.isEmpty {
            findings.append(
                DoctorFinding(
                    .warning, setting,
                    "Which key the gateway signs with for Guix is not known, so every key here counts as another's.",
                    fix: "Start the gateway, then run this again"))
        } else if !gateway.guixKeys.contains(where: authorized.contains) {
            findings.append(
                DoctorFinding(
                    .warning, setting,
                    (isReSigned ? "The gateway's key is" : "The builders' keys are")
                        + " not authorized: Guix refuses what is signed with it and builds.",
                    fix: "wget -qO- \(gateway.url(of: .guix))/signing-key.pub | guix archive --authorize"))
        }
        guard !foreignKeys.isEmpty else {
            if findings.isEmpty { findings.append(DoctorFinding(.ok, setting, "Exactly the keys that are needed.")) }
            return findings
        }
        let names = foreignKeys.map { $0.wellKnownHost ?? "\($0.hexadecimal.prefix(16))…" }.joined(separator: ", ")
        let asked = !others.isEmpty || guix.discovers
        findings.append(
            DoctorFinding(
                asked ? .bypass : .warning, setting,
                "Keys that need not be authorized: \(names). "
                    + (asked
                        ? "Together with the other servers that are asked, one signature of any of them is enough."
                        : "While only the gateway is asked this opens no way round it, but anybody may pass "
                            + "--substitute-urls, and guix archive --import takes what they signed."),
                fix: "Take them out of \(setting)"))
        return findings
    }

    private var servers: [DoctorFinding] {
        let setting = "substitute-urls"
        let whence = variable.substituteURLs == nil ? guix.urlsWhence : "GUIX_BUILD_OPTIONS"
        let fix = "guix-daemon --substitute-urls=\(gateway.url(of: .guix))"
        if guix.substitutesNothing || variable.substitutesNothing {
            return [DoctorFinding(.warning, setting, "Nothing is substituted at all: everything is built.", fix: fix)]
        }
        var findings: [DoctorFinding] = []
        let isAsked = addresses.contains { gateway.serves(.guix, at: $0) }
        if !isAsked {
            let atWrongPlace = addresses.contains { gateway.isHere($0) }
            findings.append(
                DoctorFinding(
                    others.isEmpty || foreignKeys.isEmpty ? .warning : .bypass, setting,
                    (atWrongPlace
                        ? "The gateway is asked where it serves another store (\(whence)), so it has nothing for Guix."
                        : "The gateway is not among the servers asked (\(whence)), so it is never asked."), fix: fix))
        }
        for other in others {
            findings.append(
                foreignKeys.isEmpty && isReSigned
                    ? DoctorFinding(
                        .ok, setting,
                        "\(other.text) is asked too (\(whence)). Guix takes from it only what the gateway signed.")
                    : DoctorFinding(
                        .bypass, setting,
                        "\(other.text) is asked too (\(whence)), and "
                            + (foreignKeys.isEmpty
                                ? "in filter mode the builders' keys are authorized: "
                                : "keys besides the gateway's are authorized: ")
                            + "what one of them signed comes in with a single vote.", fix: fix))
        }
        if guix.discovers {
            findings.append(
                DoctorFinding(
                    foreignKeys.isEmpty && isReSigned ? .warning : .bypass, "discover",
                    "The daemon also asks whatever servers the local network announces (--discover).",
                    fix: "guix-daemon --discover=no"))
        }
        if isAsked, others.isEmpty {
            findings.append(DoctorFinding(.ok, setting, "Only the gateway is asked (\(whence))."))
        }
        return findings
    }

    private var options: [DoctorFinding] {
        let setting = "GUIX_BUILD_OPTIONS"
        guard let buildOptions, buildOptions.split(whereSeparator: \.isWhitespace).contains("--fallback") else {
            return [
                DoctorFinding(
                    .warning, setting,
                    "No --fallback: where a download fails that was promised, guix gives up instead of building.",
                    fix: "export GUIX_BUILD_OPTIONS=--fallback")
            ]
        }
        return [DoctorFinding(.ok, setting, "What cannot be downloaded is built from source.")]
    }

    private var offloading: [DoctorFinding] {
        guard guix.hasBuildMachines else { return [] }
        return [
            DoctorFinding(
                .warning, GuixConfiguration.machinesPath,
                "What the machines named there build comes in without a vote.",
                fix: "Keep only machines that you trust as this one")
        ]
    }
}
