// What surrounds the settings of substitution: caching, people, machines, variables.
extension Doctor {
    var serving: [DoctorFinding] {
        var findings: [DoctorFinding] = []
        if nix.fallback.value {
            findings.append(DoctorFinding(.ok, "fallback", "What is not quorate is built from source."))
        } else {
            findings.append(
                DoctorFinding(
                    .warning, "fallback",
                    "Off (\(nix.fallback.whence)): when the gateway is down or stops while sending, nix fails instead of "
                        + "building from source.", fix: "fallback = true"))
        }
        let negative = nix.narinfoCacheNegativeTTL
        if negative.value == 0 {
            findings.append(
                DoctorFinding(.ok, "narinfo-cache-negative-ttl", "A quorum is seen as soon as it is reached."))
        } else {
            findings.append(
                DoctorFinding(
                    .warning, "narinfo-cache-negative-ttl",
                    "Nix remembers a \"not here\" for \(Self.words(negative.value)) (\(negative.whence)) and builds "
                        + "meanwhile what may have become quorate.", fix: "narinfo-cache-negative-ttl = 0"))
        }
        findings.append(
            DoctorFinding(
                .ok, "narinfo-cache-positive-ttl",
                "Nix remembers a found path for \(Self.words(nix.narinfoCachePositiveTTL.value)). A revoked one is not "
                    + "taken even so: the gateway stops serving its NAR at once."))
        return findings
    }

    var people: [DoctorFinding] {
        var findings: [DoctorFinding] = []
        let trusted = nix.trustedUsers.value.filter { $0 != "root" }
        if trusted.isEmpty {
            findings.append(DoctorFinding(.ok, "trusted-users", "Only root may change where substitutes come from."))
        } else {
            findings.append(
                DoctorFinding(
                    .warning, "trusted-users",
                    (trusted.contains("*") ? "Every user" : trusted.joined(separator: ", "))
                        + " may pass --option substituters and --option require-sigs false, and so go round the quorum "
                        + "(\(nix.trustedUsers.whence)).", fix: "trusted-users = root"))
        }
        let choices = nix.trustedSubstituters.value.filter { !gateway.isHere(SubstituterAddress($0)) }
        if !choices.isEmpty {
            findings.append(
                DoctorFinding(
                    .warning, "trusted-substituters",
                    "Any user may switch these on with --option substituters: \(choices.joined(separator: ", ")) "
                        + "(\(nix.trustedSubstituters.whence)). What a trusted key signed comes in from there.",
                    fix: "Remove the line trusted-substituters"))
        }
        if nix.acceptFlakeConfig.value {
            findings.append(
                DoctorFinding(
                    .warning, "accept-flake-config",
                    "A flake's own nixConfig is taken without a question (\(nix.acceptFlakeConfig.whence)); it can name "
                        + "substituters and keys.", fix: "accept-flake-config = false"))
        }
        return findings
    }

    var machine: [DoctorFinding] {
        var findings: [DoctorFinding] = []
        if !nix.remoteBuilders.isEmpty {
            let hosts = nix.remoteBuilders.map { String($0.prefix { $0 != " " }) }.joined(separator: ", ")
            findings.append(
                DoctorFinding(
                    .warning, "builders",
                    "What these machines build comes in without a vote: \(hosts) (\(nix.builders.whence))."
                        + (nix.buildersUseSubstitutes.value
                            ? " They take substitutes by their own settings (builders-use-substitutes): examine them too."
                            : ""),
                    fix: "Keep only machines that you trust as this one"))
        }
        if nix.sandbox.value != "true" {
            findings.append(
                DoctorFinding(
                    .warning, "sandbox",
                    "\(nix.sandbox.value) (\(nix.sandbox.whence)): what is built instead of substituted sees the machine "
                        + "around it, and will differ from what others build.", fix: "sandbox = true"))
        }
        return findings
    }

    var variables: [DoctorFinding] {
        var findings: [DoctorFinding] = []
        if environment["NIX_CONFIG"].map({ !$0.isEmpty }) ?? false {
            findings.append(
                DoctorFinding(
                    .warning, "NIX_CONFIG",
                    "The variable is set: its settings are in effect here, and not where it is not set.",
                    fix: "Put the settings into /etc/nix/nix.conf and unset NIX_CONFIG"))
        }
        if let remote = environment["NIX_REMOTE"], !remote.isEmpty, remote != "daemon" {
            findings.append(
                DoctorFinding(
                    .warning, "NIX_REMOTE",
                    "The store is \(remote): what comes in there is decided by its settings, not by these.",
                    fix: "Run this command there, or unset NIX_REMOTE"))
        }
        let personal = nix.substituters.origins + nix.trustedPublicKeys.origins + nix.requireSigs.origins
        if let origin = personal.first(where: \.isPersonal) {
            findings.append(
                DoctorFinding(
                    .warning, "user settings",
                    "\(origin) sets where substitutes come from. A daemon takes that only from trusted users, and uses "
                        + "its own settings for everybody else.", fix: "Put the settings into /etc/nix/nix.conf"))
        }
        return findings
    }

    /// A number of seconds as people say it.
    static func words(_ seconds: UInt64) -> String {
        for (unit, size) in [("day", UInt64(86400)), ("hour", 3600), ("minute", 60)]
        where seconds >= size && seconds.isMultiple(of: size) {
            return seconds == size ? "1 \(unit)" : "\(seconds / size) \(unit)s"
        }
        return seconds == 1 ? "1 second" : "\(seconds) seconds"
    }
}
