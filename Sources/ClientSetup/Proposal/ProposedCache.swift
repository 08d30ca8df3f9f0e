internal import Quorum

/// A cache that a proposal may put into the policy: a key with the addresses at which its signatures are looked for.
struct ProposedCache: Hashable {
    let kind: CacheKind
    /// The key as a policy file spells it.
    let key: String
    let identity: KeyIdentity
    /// The host that the key belongs to by its name; nil when it names none of the substituters.
    let host: String?
    var urls: [String]

    /// Farms that are known to sign only what they built; for everybody else that is the author's to say.
    private static let farms = [
        "cache.nixos.org": "nixos", "ci.guix.gnu.org": "ci", "bordeaux.guix.gnu.org": "bordeaux",
    ]

    var builds: Bool { host.map { Self.farms[$0] != nil } ?? false }

    /// What the policy should call it, before names are made unique.
    var wantedName: String {
        if let host { return Self.farms[host] ?? Self.name(from: host) }
        switch kind {
        case .nix: return Self.name(from: String(key.prefix { $0 != ":" }))
        case .guix:
            // Of an RSA key the number n, which is the first between two #; its sign tells nothing.
            let digits = key.split(separator: "#").dropFirst().first.map { $0.dropFirst(2) } ?? key[...]
            return "key-\(digits.prefix(8).lowercased())"
        }
    }

    /// Letters and digits of a host's name, joined by single hyphens.
    private static func name(from text: String) -> String {
        let words = text.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        let name = String(words.joined(separator: "-").prefix(64))
        // What looks like a gateway's name is no name in a policy.
        return name.isEmpty || name.hasPrefix("quorate-gateway-") ? "cache" : name
    }
}

/// What a package manager's settings give for a policy: caches, and what was left out and why.
struct ProposedCaches {
    var caches: [ProposedCache] = []
    /// Sentences for the comment.
    var leftOut: [String] = []

    /// The addresses on the web that a policy can name, each once; the others are left out with the reason.
    ///
    /// - Parameter noun: What they are addresses of.
    mutating func addresses(of texts: [String], called noun: String) -> [(host: String, url: String)] {
        var addresses: [(host: String, url: String)] = []
        var bytes = 0
        for text in texts {
            let address = SubstituterAddress(text)
            guard let host = address.host, let url = address.policyURL else {
                leftOut.append("\(text): not a \(noun) on the web (http or https).")
                continue
            }
            if addresses.contains(where: { $0.url == url }) { continue }
            if let objection = PolicyWords.objection(toAddress: url) {
                leftOut.append("\(text): \(objection).")
                continue
            }
            // All of them may come to stand in one line.
            bytes += url.utf8.count + 1
            guard addresses.count < PolicyLimits.addresses, bytes <= PolicyLimits.lineBytes / 2 else {
                leftOut.append("\(text): one address too many for a line of a policy.")
                continue
            }
            addresses.append((host, url))
        }
        return addresses
    }

    /// Gives keys whose name matches no substituter the addresses that no key's name matches.
    ///
    /// A signature belongs to its key, whoever serves it, so an address too many costs a request and no trust.
    mutating func spread(unclaimed: [String]) {
        let orphans = caches.indices.filter { caches[$0].urls.isEmpty }
        guard !orphans.isEmpty else {
            for url in unclaimed {
                leftOut.append("\(url): none of the trusted keys is named after it, so nothing there could be counted.")
            }
            return
        }
        if unclaimed.isEmpty {
            for index in orphans {
                leftOut.append(
                    "key \(caches[index].key): no substituter is named like it, so there is no address to ask.")
            }
            caches.removeAll { $0.urls.isEmpty }
            return
        }
        for index in orphans { caches[index].urls = unclaimed }
        leftOut.append(
            "No key is named after \(unclaimed.joined(separator: ", ")), and "
                + orphans.map { caches[$0].key.prefix { $0 != ":" } }.joined(separator: ", ")
                + " after no substituter: signatures of these keys are looked for at all of these addresses.")
    }
}
