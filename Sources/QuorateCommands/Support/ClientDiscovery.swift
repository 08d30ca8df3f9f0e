internal import ClientSetup

/// What the package managers of this machine are set up to do, where there are any.
struct ClientDiscovery {
    let nix: NixConfiguration?
    let guix: GuixConfiguration?

    /// Looks at `nix` and `guix` on this machine. Reads only.
    static func find() async throws(CommandError) -> ClientDiscovery {
        let environment = Places.environment
        do {
            let root = ClientRoot()
            let guix = try GuixConfiguration.read(root: root)
            let hasFile = try root.contents(of: "/etc/nix/nix.conf") != nil
            let hasNix = hasFile || ProgramOutput.exists("nix")
            let nix =
                hasNix
                ? try await NixConfiguration.read(
                    root: root, environment: environment, output: { await ProgramOutput.of($0) }) : nil
            return ClientDiscovery(nix: nix, guix: guix)
        } catch let error as CommandError {
            throw error
        } catch {
            throw CommandError(.badData, "\(error)")
        }
    }

    /// The policy that follows.
    func proposal() throws(CommandError) -> PolicyProposal {
        guard nix != nil || guix != nil else {
            throw CommandError(
                .unavailable, "neither nix nor guix is set up on this machine; write a policy by hand (docs/policy.md)")
        }
        return PolicyProposal(nix: nix, guix: guix)
    }
}
