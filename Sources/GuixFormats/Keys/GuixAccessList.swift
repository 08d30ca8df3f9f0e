/// The keys from which Guix on a machine takes substitutes: `/etc/guix/acl`.
///
/// `(acl (entry (public-key …) (tag (guix import))) …)`, written by `guix archive --authorize`.
/// <https://guix.gnu.org/manual/en/html_node/Substitute-Server-Authorization.html>
package struct GuixAccessList: Sendable, Hashable {
    /// Keys whose signatures are enough for an import, in their order, each once.
    package let keys: [GuixPublicKey]
    /// Why entries cannot be used, each with its number from 1.
    package let notes: [String]

    /// Reads an access list.
    ///
    /// An entry that cannot be used is noted and left out: it authorises nothing here.
    ///
    /// - Throws: ``GuixFormatError/Code/invalidAccessList``, ``GuixFormatError/Code/limitExceeded``.
    package init(parsing bytes: some Collection<UInt8>) throws(GuixFormatError) {
        let expression: SExpression
        do {
            expression = try SExpression(parsing: bytes)
        } catch {
            throw error.code == .limitExceeded
                ? error : GuixFormatError(.invalidAccessList, error.message, at: error.place)
        }
        guard let entries = expression.elements(of: "acl") else {
            throw GuixFormatError(.invalidAccessList, "not an access list: it must be (acl (entry …) …)")
        }
        var keys: [GuixPublicKey] = []
        var seen: Set<GuixPublicKey> = []
        var notes: [String] = []
        for (number, entry) in zip(1..., entries) {
            do throws(GuixFormatError) {
                let key = try Self.key(of: entry)
                if seen.insert(key).inserted { keys.append(key) }
            } catch {
                notes.append("entry \(number): \(error.message)")
            }
        }
        self.keys = keys
        self.notes = notes
    }

    private static func key(of entry: SExpression) throws(GuixFormatError) -> GuixPublicKey {
        guard let parts = entry.elements(of: "entry").map(Array.init) else {
            throw GuixFormatError(.invalidAccessList, "not an (entry …)")
        }
        guard parts.contains(importTag) else {
            throw GuixFormatError(.invalidAccessList, "not tagged (guix import), so it authorises nothing")
        }
        let rest = parts.filter { $0 != importTag }
        guard let key = rest.first, rest.count == 1 else {
            throw GuixFormatError(.invalidAccessList, "not of one public-key and one tag")
        }
        return try GuixPublicKey(key)
    }

    private static let importTag = SExpression.list("tag", .list("guix", .word("import")))
}
