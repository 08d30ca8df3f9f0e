internal import StoreFormats

/// The lines that make a client take everything from a gateway.
package enum ClientSnippet {
    /// For `/etc/nix/nix.conf`.
    ///
    /// `substituters`, never `extra-substituters`, which would leave the default cache in place. `fallback`, so that
    /// what is not quorate is built. No negative cache, so that a quorum reached a minute later is seen.
    package static func nixConf(_ gateway: GatewaySetup) -> String {
        """
        substituters = \(gateway.url)
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
                substituters = lib.mkForce [ \(quoted(gateway.url)) ];
                trusted-public-keys = lib.mkForce [
            \(keys)    ];
                fallback = true;
                narinfo-cache-negative-ttl = 0;
              };
            }

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
