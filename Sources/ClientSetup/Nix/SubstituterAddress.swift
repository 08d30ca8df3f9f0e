/// A substituter's address taken apart: enough to tell whether two are the same place, and what is asked of nix there.
package struct SubstituterAddress: Sendable, Hashable {
    /// As written.
    package let text: String
    /// Scheme, host, port and path in one spelling, without parameters: equal for two spellings of one place.
    package let place: String
    /// The host, in lower case; nil for files and local stores.
    package let host: String?
    /// What stands behind `?`, in order.
    package let parameters: [Parameter]

    package struct Parameter: Sendable, Hashable {
        package let name: String
        package let value: String
    }

    package init(_ text: String) {
        self.text = text
        let halves = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        parameters = halves.dropFirst().first.map(Self.parameters) ?? []
        let address = String(halves.first ?? "")
        guard let mark = address.firstRange(of: "://") else {
            host = nil
            place = Self.withoutTrailingSlashes(address)
            return
        }
        let scheme = address[..<mark.lowerBound].lowercased()
        let rest = address[mark.upperBound...]
        let authority = rest.prefix { $0 != "/" }
        let path = rest.dropFirst(authority.count)
        var name = authority.split(separator: "@").last.map { $0.lowercased() } ?? ""
        // The port that the scheme has anyway.
        let defaultPorts = ["http": ":80", "https": ":443"]
        let host = Self.withoutPort(name)
        if let port = defaultPorts[scheme], name == host + port { name = host }
        self.host = ["http", "https", "s3", "ssh", "ssh-ng"].contains(scheme) && !host.isEmpty ? host : nil
        // Two names of this machine's own first address.
        if host == "localhost" { name = "127.0.0.1" + name.dropFirst(host.count) }
        place = "\(scheme)://\(name)\(Self.withoutTrailingSlashes(String(path)))"
    }

    /// Whether nix takes everything from here without a signature (`?trusted=1`).
    package var isTrustedBlindly: Bool {
        parameters.contains { $0.name == "trusted" && ["1", "true", "yes"].contains($0.value) }
    }

    /// The address without its parameters, as a policy file wants it: with http or https, else nil.
    package var policyURL: String? {
        guard place.hasPrefix("http://") || place.hasPrefix("https://"), host != nil else { return nil }
        return place
    }

    private static func withoutTrailingSlashes(_ text: String) -> String {
        var text = text
        while text.hasSuffix("/") { text.removeLast() }
        return text
    }

    private static func withoutPort(_ authority: String) -> String {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") { return String(authority[...end]) }
        return String(authority.prefix { $0 != ":" })
    }

    private static func parameters(_ text: Substring) -> [Parameter] {
        text.split(separator: "&").map { pair in
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return Parameter(name: String(halves[0]), value: halves.count > 1 ? String(halves[1]) : "")
        }
    }
}
