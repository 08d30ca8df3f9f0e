internal import GuixFormats
package import Quorum

/// What Guix on this machine takes substitutes from: the keys of `/etc/guix/acl` and the servers asked.
package struct GuixConfiguration: Sendable, Hashable {
    /// Where `guix archive --authorize` writes.
    package static let accessListPath = "/etc/guix/acl"

    /// Machines that build for this one.
    package static let machinesPath = "/etc/guix/machines.scm"

    /// The servers that Guix asks when nobody says otherwise.
    package static let defaultSubstituteURLs = ["https://bordeaux.guix.gnu.org", "https://ci.guix.gnu.org"]

    /// The keys that Guix comes with, for these servers.
    package static let wellKnownKeys: [(host: String, q: String)] = [
        ("ci.guix.gnu.org", "8D156F295D24B0D9A86FA5741A840FF2D24F60F7B6C4134814AD55625971B394"),
        ("bordeaux.guix.gnu.org", "7D602902D3A2DBB83F8A0FB98602A754C5493B0B778C8D1DD4E0F41DE14DE34F"),
    ]

    /// A key whose signatures are enough for an import.
    package struct AuthorizedKey: Sendable, Hashable {
        package let identity: KeyIdentity
        /// The key as a policy spells it: the point q in 64 upper-case hexadecimal digits, or an RSA key's whole
        /// s-expression in quotation marks.
        package let spelling: String
        /// What tells it from other keys: the point q, or the modulus, in upper-case hexadecimal.
        package let hexadecimal: String

        init?(_ key: GuixPublicKey) {
            switch key.algorithm {
            case .ecdsaEd25519:
                guard let identity = KeyIdentity(algorithm: .ecdsaEd25519, bytes: key.identityBytes) else { return nil }
                self.identity = identity
                spelling = key.hexadecimal
            case .rsa:
                guard let identity = KeyIdentity(algorithm: .rsa, bytes: key.identityBytes) else { return nil }
                self.identity = identity
                spelling = "\"\(key.oneLine)\""
            }
            hexadecimal = key.hexadecimal
        }

        /// The server it belongs to, when it is one of those that Guix comes with.
        package var wellKnownHost: String? {
            GuixConfiguration.wellKnownKeys.first { $0.q == spelling }?.host
        }
    }

    package var substituteURLs: [String]
    package var authorizedKeys: [AuthorizedKey]
    /// Entries of the access list that cannot be used here, each with its reason.
    package var notes: [String]
    /// Where the servers are from, for people.
    package var urlsWhence = "guix's default"
    /// Whether the daemon takes no substitutes.
    package var substitutesNothing = false
    /// Whether the daemon also asks servers that the local network announces.
    package var discovers = false
    /// Whether other machines may build for this one.
    package var hasBuildMachines = false

    package init(
        substituteURLs: [String] = GuixConfiguration.defaultSubstituteURLs, authorizedKeys: [AuthorizedKey] = [],
        notes: [String] = []
    ) {
        self.substituteURLs = substituteURLs
        self.authorizedKeys = authorizedKeys
        self.notes = notes
    }

    /// Reads the machine's access list, and the servers that its daemon was told: the one that runs, or where none is
    /// to be seen the one that a systemd unit starts.
    ///
    /// - Returns: nil when there is no access list: then Guix is not set up to take substitutes.
    package static func read(root: ClientRoot = ClientRoot()) throws(ClientSetupError) -> GuixConfiguration? {
        guard let bytes = try root.contents(of: accessListPath) else { return nil }
        var configuration = try parse(accessList: bytes)
        for folder in ["/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"] {
            guard let unit = try root.text(of: "\(folder)/guix-daemon.service") else { continue }
            if let urls = substituteURLs(inUnit: unit) {
                configuration.substituteURLs = urls
                configuration.urlsWhence = "\(folder)/guix-daemon.service"
            }
            configuration.substitutesNothing = unit.contains("--no-substitutes")
            configuration.discovers = unit.contains("--discover") && !unit.contains("--discover=no")
            break
        }
        if let daemon = GuixDaemon.running(root: root) {
            configuration.substituteURLs = daemon.substituteURLs ?? defaultSubstituteURLs
            configuration.urlsWhence =
                daemon.substituteURLs == nil ? "guix's default" : "the command line of the daemon that runs"
            configuration.substitutesNothing = daemon.substitutesNothing
            configuration.discovers = daemon.discovers
        }
        configuration.hasBuildMachines = try root.contents(of: machinesPath) != nil
        return configuration
    }

    /// Reads an access list: `(acl (entry (public-key …) (tag (guix import))) …)`.
    ///
    /// <https://guix.gnu.org/manual/en/html_node/Substitute-Server-Authorization.html>
    package static func parse(
        accessList bytes: [UInt8], file: String = accessListPath
    ) throws(ClientSetupError) -> GuixConfiguration {
        let list: GuixAccessList
        do {
            list = try GuixAccessList(parsing: bytes)
        } catch {
            throw ClientSetupError(error, in: bytes, file: file)
        }
        return GuixConfiguration(
            authorizedKeys: list.keys.compactMap(AuthorizedKey.init), notes: list.notes.map { "\(file), \($0)" })
    }

    /// The value of `--substitute-urls` in a unit's `ExecStart`.
    package static func substituteURLs(inUnit unit: String) -> [String]? {
        guard let option = unit.firstRange(of: "--substitute-urls=") else { return nil }
        var rest = unit[option.upperBound...]
        let value: Substring
        if let quote = rest.first, quote == "'" || quote == "\"" {
            rest.removeFirst()
            value = rest.prefix { $0 != quote && !$0.isNewline }
        } else if unit[..<option.lowerBound].last == "'" || unit[..<option.lowerBound].last == "\"" {
            // The whole word is quoted, as Guix's own unit has it.
            let quote = unit[..<option.lowerBound].last
            value = rest.prefix { $0 != quote && !$0.isNewline }
        } else {
            value = rest.prefix { !$0.isWhitespace }
        }
        return value.split(separator: " ").map(String.init)
    }
}
