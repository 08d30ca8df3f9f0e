package import ClientSetup

/// How a store path came into a client's store, as the client's own database tells it.
package enum InstallOrigin: Sendable, Hashable {
    /// Built there, from source.
    case built
    /// Fetched from a cache, whose signature was kept.
    case substituted
    /// Neither: a source that evaluating the expression put there.
    case source

    package init(_ path: InstalledPath) {
        if path.isBuiltHere {
            self = .built
        } else {
            self = path.signatures.isEmpty ? .source : .substituted
        }
    }
}
