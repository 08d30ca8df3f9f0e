internal import ClientSetup
internal import Glibc
internal import Quorum

/// The policy of an audit and where it comes from: a file, or this machine's own settings.
struct AuditPolicy {
    let policy: Policy
    /// The file; nil when it was proposed from the settings found.
    let file: String?
    /// How hard to serve with a proposed policy at first.
    let mode: PolicyProposal.Mode?

    /// - Parameter path: The file that was named; otherwise the one in the configuration folder, and when there is none
    ///   what follows from the settings of nix and guix.
    static func find(_ path: String?, workplace: Workplace) async throws(CommandError) -> AuditPolicy {
        if path != nil || access(workplace.places.policy, F_OK) == 0 {
            return AuditPolicy(
                policy: try workplace.policy(path), file: path ?? workplace.places.policy, mode: nil)
        }
        let proposal = try await ClientDiscovery.find().proposal()
        do {
            return AuditPolicy(policy: try Policy.parse(proposal.text), file: nil, mode: proposal.mode)
        } catch {
            throw CommandError(
                .badPolicy,
                "the settings of this machine give no policy (\(error.message)); write one and name it with --policy")
        }
    }

    /// What it asks for, in one line.
    var summary: StyledText {
        let origin: StyledText =
            file.map { "\($0)" }
            ?? "proposed from this machine's settings ('quorate policy init' writes it to a file)"
        return "Policy: \(origin)"
    }

    /// What people should know about the number of voters, and what to do next.
    var advice: [StyledText] {
        let parties = policy.parties(inQuorumOf: .nix).map(\.name)
        switch parties.count {
        case 0:
            return ["The policy has no quorum for nix, so nothing can be agreed on. See docs/policy.md."]
        case 1:
            let isNixpkgs = policy.caches.contains { $0.urls.contains { $0.hasPrefix("https://cache.nixos.org") } }
            let farm: StyledText =
                isNixpkgs ? "nixpkgs has one public build farm today, the one behind cache.nixos.org. " : ""
            return [
                farm + "Only \(parties[0]) can vote here, and one of one is no agreement: this audit says whether you "
                    + "have what it signs, not whether anybody else gets the same.",
                "To learn more, run the gateway in observe mode (quorate serve --mode observe), which changes nothing "
                    + "for clients, and add a builder who is independent of the first to the policy.",
            ]
        default:
            guard let mode else { return [] }
            return ["Fitting mode of the gateway to begin with: quorate serve --mode \(mode.rawValue)"]
        }
    }
}
