package import Quorum
package import StoreFormats

/// One output of a build, to be attested.
package struct BuiltOutput: Hashable, Sendable {
    /// What the derivation calls it: `out`, `dev`.
    package let name: String
    package let path: StorePath
    package let narHash: NarHash
    /// The size of the NAR in bytes.
    package let narSize: UInt64
    package let references: ReferenceList

    package init(name: String, path: StorePath, narHash: NarHash, narSize: UInt64, references: ReferenceList) {
        self.name = name
        self.path = path
        self.narHash = narHash
        self.narSize = narSize
        self.references = references
    }
}

/// One output as it stands in a statement.
package struct StatedOutput: Hashable, Sendable {
    /// References in the statement, or what names their list.
    package enum References: Hashable, Sendable {
        /// Sorted full paths.
        case inline([String])
        /// The digest of the file beside the statement, and how many lines it has.
        case listed(digest: Digest256, count: Int)
    }

    /// What the derivation calls the output.
    package let name: String
    /// The full store path.
    package let path: String
    package let narHash: Digest256
    package let narSize: UInt64
    package let references: References

    /// What the build of the output gave.
    var finding: AttestedClaim.Finding {
        switch references {
        case .inline(let references):
            .outcome(.storePath(StorePathOutcome(narHash: narHash, narSize: narSize, references: references)))
        case .listed(let digest, let count):
            .listed(narHash: narHash, narSize: narSize, references: digest, count: count)
        }
    }
}
