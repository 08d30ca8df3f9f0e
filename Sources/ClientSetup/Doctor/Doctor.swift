internal import Quorum
internal import StoreFormats

/// Reads a client's settings as an attacker would: what would come in without the quorum being asked?
package struct Doctor: Sendable {
    let nix: NixConfiguration
    let environment: [String: String]
    let gateway: GatewaySetup

    /// - Parameters:
    ///   - nix: the client's effective settings.
    ///   - environment: the variables that the client's nix sees.
    ///   - gateway: where everything should come from.
    package init(nix: NixConfiguration, environment: [String: String], gateway: GatewaySetup) {
        self.nix = nix
        self.environment = environment
        self.gateway = gateway
    }

    /// All findings, what is in order among them, in a fixed order of settings.
    package func examine() -> [DoctorFinding] {
        substituters + keys + signatures + serving + people + machine + variables
    }

    // MARK: What the settings say

    private var addresses: [SubstituterAddress] { nix.substituters.value.map(SubstituterAddress.init) }
    private var others: [SubstituterAddress] { addresses.filter { !gateway.isHere($0) } }
    private var isGatewayAsked: Bool { addresses.contains { gateway.serves(.nix, at: $0) } }
    private var url: String { gateway.url(of: .nix) }

    /// Keys that the client trusts and should not, as written; what is no key cannot be matched and counts as foreign.
    private var foreignKeys: [String] {
        let wanted = Set(gateway.trustedKeys.map(\.bytes))
        return nix.trustedPublicKeys.value.filter { text in
            guard let key = try? NixPublicKey(parsing: text) else { return true }
            return !wanted.contains(key.bytes)
        }
    }

    private var isReSigned: Bool {
        if case .reSign = gateway.signing { return true }
        return false
    }

    // MARK: Findings

    private var substituters: [DoctorFinding] {
        var findings: [DoctorFinding] = []
        if !isGatewayAsked {
            let isAtWrongPlace = addresses.contains { gateway.isHere($0) }
            findings.append(
                DoctorFinding(
                    others.isEmpty ? .warning : .bypass, "substituters",
                    isAtWrongPlace
                        ? "The gateway is asked where it serves Guix's store (\(nix.substituters.whence)), which nix "
                            + "refuses; for nix it is \(url)."
                        : "The gateway \(url) is not among the substituters (\(nix.substituters.whence)), so it is "
                            + (others.isEmpty ? "not asked and everything is built here." : "never asked."),
                    fix: "substituters = \(url)"))
        }
        for other in others {
            findings.append(finding(on: other))
        }
        if isGatewayAsked, others.isEmpty {
            let isAtRoot = !addresses.contains { $0.place == SubstituterAddress(url).place }
            findings.append(
                DoctorFinding(
                    .ok, "substituters",
                    "Only the gateway is asked (\(nix.substituters.whence))."
                        + (isAtRoot
                            ? " Its root is Nix's only while the policy has no other store's quorum first; \(url) is so "
                                + "always." : "")))
        }
        if isGatewayAsked, let first = addresses.first, !gateway.isHere(first) {
            findings.append(
                DoctorFinding(
                    .warning, "substituters",
                    "The gateway is not the first substituter. Nix asks by the caches' own priorities first and by this "
                        + "order second, so another may answer before it.",
                    fix: "substituters = \(url)"))
        }
        if nix.substituters.origins.contains(where: \.appends) {
            findings.append(
                DoctorFinding(
                    .warning, "extra-substituters",
                    "Substituters are added with extra-substituters (\(nix.substituters.whence)), which leaves nix's "
                        + "default cache or an earlier line's caches in place.",
                    fix: "Remove that line and write: substituters = \(url)"))
        }
        for address in addresses where gateway.isHere(address) && address.isTrustedBlindly {
            findings.append(
                DoctorFinding(
                    .bypass, "substituters",
                    "\(address.text) says trusted=1: nix takes what this address answers without any signature, "
                        + "whoever answers there.",
                    fix: "substituters = \(url)"))
        }
        if !nix.substitute.value {
            findings.append(
                DoctorFinding(
                    .warning, "substitute",
                    "Nothing is substituted at all (\(nix.substitute.whence)): everything is built.",
                    fix: "substitute = true"))
        }
        return findings
    }

    private func finding(on other: SubstituterAddress) -> DoctorFinding {
        let fix = "Remove it: substituters = \(url)"
        if other.isTrustedBlindly {
            return DoctorFinding(
                .bypass, "substituters",
                "\(other.text) says trusted=1: nix takes everything from it without any signature.", fix: fix)
        }
        if !nix.requireSigs.value {
            return DoctorFinding(
                .bypass, "substituters",
                "\(other.text) is asked too, and require-sigs is off: nix takes everything from it.", fix: fix)
        }
        guard isReSigned else {
            return DoctorFinding(
                .bypass, "substituters",
                "\(other.text) is asked too. In filter mode the client trusts the builders' keys, and one of their "
                    + "signatures is enough for nix: what it serves comes in with a single vote.", fix: fix)
        }
        guard foreignKeys.isEmpty else {
            return DoctorFinding(
                .bypass, "substituters",
                "\(other.text) is asked too, and keys besides the gateway's are trusted: what one of them signed comes "
                    + "in with a single vote.", fix: fix)
        }
        return DoctorFinding(
            .warning, "substituters",
            "\(other.text) is asked too. Nix refuses what it signs, because only the gateway's key is trusted, but "
                + "content-addressed paths need no signature, md5 and sha1 ones among them.", fix: fix)
    }

    private var keys: [DoctorFinding] {
        var findings: [DoctorFinding] = []
        let setting = "trusted-public-keys"
        let wanted = gateway.trustedKeys
        let line = "\(setting) = \(wanted.map(\.description).joined(separator: " "))"
        let trusted = nix.trustedPublicKeys.value.compactMap { try? NixPublicKey(parsing: $0) }
        for key in wanted where !trusted.contains(where: { $0.bytes == key.bytes }) {
            let namesake = trusted.contains { $0.name == key.name }
            findings.append(
                DoctorFinding(
                    .warning, setting,
                    namesake
                        ? "The key \(key.name) is trusted with another value than the one in use: nix refuses what is "
                            + "signed now."
                        : "The key \(key.name) is not trusted: nix refuses what it signs and builds instead.",
                    fix: line))
        }
        // Nix keeps keys by name: of two with one name it forgets one, and which one is not said.
        for key in wanted
        where trusted.contains(where: { $0.name == key.name && $0.bytes != key.bytes })
            && trusted.contains(where: { $0.bytes == key.bytes })
        {
            findings.append(
                DoctorFinding(
                    .warning, setting, "Two keys are named \(key.name). Nix keeps one key for a name.",
                    fix: line))
        }
        if foreignKeys.isEmpty {
            if findings.isEmpty { findings.append(DoctorFinding(.ok, setting, "Exactly the keys that are needed.")) }
            return findings
        }
        let names = foreignKeys.map { String($0.prefix { $0 != ":" }) }.joined(separator: ", ")
        let alone = others.isEmpty
        findings.append(
            DoctorFinding(
                alone || !isReSigned ? .warning : .bypass, setting,
                "Keys that need not be trusted: \(names) (\(nix.trustedPublicKeys.whence)). "
                    + (alone
                        ? "While only the gateway is asked this opens no way round it, but a path copied in by hand, or "
                            + "one more substituter, needs no quorum then."
                        : "Together with the other substituters, one signature of any of them is enough."),
                fix: line))
        return findings
    }

    private var signatures: [DoctorFinding] {
        if nix.requireSigs.value { return [DoctorFinding(.ok, "require-sigs", "Signatures are required.")] }
        return [
            DoctorFinding(
                .bypass, "require-sigs",
                "Signatures are not required (\(nix.requireSigs.whence)): unsigned paths come in from any substituter "
                    + "and from every user.", fix: "require-sigs = true")
        ]
    }
}
