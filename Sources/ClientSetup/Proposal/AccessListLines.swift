internal import Quorum

/// The lines of a policy that follow from an access list of Guix.
package struct AccessListLines: Sendable, Hashable {
    /// One `cache` line for each key, those without an address as comments.
    package let lines: [String]
    /// What the reader has to know or to do, in sentences.
    package let remarks: [String]

    /// Why the addresses given cannot be those of the list's other keys; nil when they can.
    package let addressObjection: String?

    /// Makes the lines.
    ///
    /// Keys that Guix comes with get their servers' names and addresses, and `builds`: both farms sign only what they
    /// built. Others are named by the first digits of their hexadecimal form.
    ///
    /// - Parameters:
    ///   - guix: the access list.
    ///   - addresses: where the servers of the one other key are.
    package init(guix: GuixConfiguration, addresses: [String]) {
        var names = ProposedNames()
        var lines: [String] = []
        var remarks = guix.notes.map { "\($0)." }
        var missing: [String] = []
        // Whose servers these are is known only where one key is left.
        let unknown = guix.authorizedKeys.filter { $0.wellKnownHost == nil }
        addressObjection =
            addresses.isEmpty || unknown.count == 1
            ? nil
            : unknown.isEmpty
                ? "every key of the list is one that Guix comes with, and has an address"
                : "the list has \(unknown.count) keys that Guix does not come with, and an address belongs to one of "
                    + "them: write it into that key's line"
        for key in guix.authorizedKeys {
            let host = key.wellKnownHost
            let cache = ProposedCache(
                kind: .guix, key: key.spelling, identity: key.identity, host: host,
                urls: host.map { ["https://\($0)"] } ?? addresses)
            let name = names.unique(cache.wantedName)
            if let objection = PolicyWords.objection(toKey: key.spelling, of: .guix) {
                remarks.append("\(name): \(objection).")
                continue
            }
            let builds = cache.builds ? ["builds"] : []
            guard cache.urls.isEmpty else {
                lines.append((["cache", name, "guix", key.spelling] + cache.urls + builds).joined(separator: " "))
                continue
            }
            missing.append(name)
            lines.append("# cache \(name) guix \(key.spelling) https://ADDRESS")
        }
        if !missing.isEmpty {
            remarks.append(
                "\(missing.joined(separator: ", ")): whose key it is, the list does not say. Take the # away and write "
                    + "the server's address, or give it with --url; add the word builds only if you know that its "
                    + "operator built everything that its key signs.")
        }
        self.lines = lines
        self.remarks = remarks
    }

    /// Why an address cannot stand in these lines; nil when it can.
    package static func objection(toAddress address: String) -> String? {
        PolicyWords.objection(toAddress: address)
    }
}
