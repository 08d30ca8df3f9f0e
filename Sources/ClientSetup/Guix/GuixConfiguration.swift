package import Quorum

/// What Guix on this machine takes substitutes from: the keys of `/etc/guix/acl` and the servers asked.
package struct GuixConfiguration: Sendable, Hashable {
    /// Where `guix archive --authorize` writes.
    package static let accessListPath = "/etc/guix/acl"

    /// The servers that Guix asks when nobody says otherwise.
    package static let defaultSubstituteURLs = ["https://bordeaux.guix.gnu.org", "https://ci.guix.gnu.org"]

    /// The keys that Guix comes with, for these servers.
    package static let wellKnownKeys: [(host: String, q: String)] = [
        ("ci.guix.gnu.org", "8D156F295D24B0D9A86FA5741A840FF2D24F60F7B6C4134814AD55625971B394"),
        ("bordeaux.guix.gnu.org", "7D602902D3A2DBB83F8A0FB98602A754C5493B0B778C8D1DD4E0F41DE14DE34F"),
    ]

    /// A key on the Ed25519 curve whose signatures are enough for an import.
    package struct AuthorizedKey: Sendable, Hashable {
        package let identity: KeyIdentity

        /// The point q as Guix writes it: 64 upper-case hexadecimal digits.
        package var q: String {
            identity.bytes.map { byte in
                let digits = String(byte, radix: 16, uppercase: true)
                return digits.count == 1 ? "0" + digits : digits
            }.joined()
        }

        /// The server it belongs to, when it is one of those that Guix comes with.
        package var wellKnownHost: String? {
            GuixConfiguration.wellKnownKeys.first { $0.q == q }?.host
        }
    }

    package var substituteURLs: [String]
    package var authorizedKeys: [AuthorizedKey]
    /// Entries of the access list that cannot be used here, each with its reason.
    package var notes: [String]

    package init(
        substituteURLs: [String] = GuixConfiguration.defaultSubstituteURLs, authorizedKeys: [AuthorizedKey] = [],
        notes: [String] = []
    ) {
        self.substituteURLs = substituteURLs
        self.authorizedKeys = authorizedKeys
        self.notes = notes
    }

    /// Reads the machine's access list and, where a systemd unit starts the daemon, the servers that it names.
    ///
    /// - Returns: nil when there is no access list: then Guix is not set up to take substitutes.
    package static func read(root: ClientRoot = ClientRoot()) throws(ClientSetupError) -> GuixConfiguration? {
        guard let bytes = try root.contents(of: accessListPath) else { return nil }
        var configuration = try parse(accessList: bytes)
        for folder in ["/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"] {
            guard let unit = try root.text(of: "\(folder)/guix-daemon.service") else { continue }
            if let urls = substituteURLs(inUnit: unit) { configuration.substituteURLs = urls }
            break
        }
        return configuration
    }

    /// Reads an access list: `(acl (entry (public-key …) (tag (guix import))) …)`.
    ///
    /// <https://guix.gnu.org/manual/en/html_node/Substitute-Server-Authorization.html>
    package static func parse(
        accessList bytes: [UInt8], file: String = accessListPath
    ) throws(ClientSetupError) -> GuixConfiguration {
        let expression = try SExpression.parse(bytes, file: file)
        guard let entries = expression.elements(of: "acl") else {
            throw ClientSetupError(.malformed, at: .file(file), "not an access list: it must be (acl (entry …) …)")
        }
        var configuration = GuixConfiguration()
        for (index, entry) in entries.enumerated() {
            switch key(of: entry) {
            case .key(let key):
                if configuration.authorizedKeys.contains(key) { continue }
                configuration.authorizedKeys.append(key)
            case .unusable(let reason):
                configuration.notes.append("entry \(index + 1) of \(file): \(reason)")
            }
        }
        return configuration
    }

    private enum EntryReading {
        case key(AuthorizedKey)
        case unusable(String)
    }

    private static func key(of entry: SExpression) -> EntryReading {
        guard let parts = entry.elements(of: "entry") else { return .unusable("not an (entry …)") }
        let tags = parts.compactMap { $0.elements(of: "tag") }.flatMap { $0 }
        guard tags.contains(.list([.atom(Array("guix".utf8)), .atom(Array("import".utf8))])) else {
            return .unusable("not tagged (guix import), so it authorises nothing")
        }
        guard let publicKey = parts.compactMap({ $0.elements(of: "public-key") }).first else {
            return .unusable("no public-key")
        }
        guard let curve = publicKey.compactMap({ $0.elements(of: "ecc") }).first else {
            return .unusable("a key that is not of a curve; its signatures cannot be checked yet")
        }
        guard curve.compactMap({ $0.elements(of: "curve")?.first?.text }).first == "Ed25519" else {
            return .unusable("a key of another curve than Ed25519; its signatures cannot be checked")
        }
        guard case .atom(let q)? = curve.compactMap({ $0.elements(of: "q")?.first }).first,
            let identity = KeyIdentity(algorithm: .ecdsaEd25519, bytes: q)
        else { return .unusable("no point q of 32 bytes") }
        return .key(AuthorizedKey(identity: identity))
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
