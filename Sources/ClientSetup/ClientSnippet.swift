internal import Quorum
internal import StoreFormats

/// The lines that make a client take everything from a gateway.
package enum ClientSnippet {
    /// For `/etc/nix/nix.conf`.
    ///
    /// `substituters`, never `extra-substituters`, which would leave the default cache in place. `fallback`, so that
    /// what is not quorate is built. No negative cache, so that a quorum reached a minute later is seen.
    package static func nixConf(_ gateway: GatewaySetup) -> String {
        """
        substituters = \(gateway.url(of: .nix))
        trusted-public-keys = \(gateway.trustedKeys.map(\.description).joined(separator: " "))
        fallback = true
        narinfo-cache-negative-ttl = 0

        """
    }

    /// A module for NixOS; `mkForce`, because NixOS adds its own cache and key to what is set otherwise.
    package static func nixosModule(_ gateway: GatewaySetup) -> String {
        let keys = gateway.trustedKeys.map { "      \(quoted($0.description))\n" }.joined()
        return """
            { lib, ... }:
            {
              nix.settings = {
                substituters = lib.mkForce [ \(quoted(gateway.url(of: .nix))) ];
                trusted-public-keys = lib.mkForce [
            \(keys)    ];
                fallback = true;
                narinfo-cache-negative-ttl = 0;
              };
            }

            """
    }

    /// For Guix: the gateway's key, the daemon's option and the variable of those who build.
    package static func guix(_ gateway: GatewaySetup) -> String {
        let authorize =
            if case .reSign = gateway.signing {
                "wget -qO- \(gateway.url(of: .guix))/signing-key.pub | sudo guix archive --authorize\n"
            } else {
                ""
            }
        return """
            \(authorize)guix-daemon --substitute-urls=\(gateway.url(of: .guix)) …
            export GUIX_BUILD_OPTIONS=--fallback

            """
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for character in text {
            // A `$` could begin an interpolation.
            if character == "\"" || character == "\\" || character == "$" { quoted.append("\\") }
            quoted.append(character)
        }
        return quoted + "\""
    }
}
