package import Quorum
package import StoreFormats

/// A path that the local store has, with what the store's database recorded when it came in.
package struct InstalledPath: Sendable, Hashable {
    /// The full store path.
    package let path: String
    /// What the database says of the contents. Nobody has looked at the disk for it.
    package let outcome: StorePathOutcome
    /// The recorded content address. It is not proven by being there: recompute the path from it.
    package let contentAddress: ContentAddress?
    /// The signatures kept with the path, `name:base64`, not verified.
    package let signatures: [String]
    /// Whether this machine built it itself.
    package let isBuiltHere: Bool

    package init(
        path: String, outcome: StorePathOutcome, contentAddress: ContentAddress? = nil,
        signatures: [String] = [], isBuiltHere: Bool = false
    ) {
        self.path = path
        self.outcome = outcome
        self.contentAddress = contentAddress
        self.signatures = signatures
        self.isBuiltHere = isBuiltHere
    }

    package var subject: Subject { .storePath(path) }
}
