package import Quorum
package import StoreFormats

/// The references of one output.
///
/// A short list stands in the statement. A long one stands beside it, in a file named by its digest: one full path on
/// each line, sorted by bytes, each once.
package struct ReferenceList: Hashable, Sendable {
    /// The references, sorted, each once.
    package let paths: [StorePath]

    /// The file.
    package let bytes: [UInt8]

    /// The SHA-256 of the file, which names it and is what the statement holds.
    package let digest: Digest256

    /// How many references there are.
    package var count: Int { paths.count }

    /// Takes references in any order.
    ///
    /// - Throws: ``AttestationError/Code/limit``; ``AttestationError/Code/references`` for paths of other stores than
    ///   those of Nix and Guix, or of both.
    package init(_ references: [StorePath]) throws(AttestationError) {
        let sorted = zip(references, references.dropFirst()).allSatisfy(<) ? references : Set(references).sorted()
        let text = sorted.reduce(into: "") { $0 += "\($1.path)\n" }
        try self.init(parsing: Array(text.utf8))
    }

    /// Reads the file.
    ///
    /// - Throws: ``AttestationError/Code/limit``, ``AttestationError/Code/references``.
    package init(parsing bytes: [UInt8]) throws(AttestationError) {
        paths = try ListLines.parse(bytes, what: "references", limit: AttestationLimits.references) { line in
            ListLines.storePath(line)
        }
        guard Set(paths.map(\.directory)).count <= 1, zip(paths, paths.dropFirst()).allSatisfy(<) else {
            throw AttestationError(.references, "a list of references that is not sorted, or of several stores")
        }
        self.bytes = bytes
        digest = Digest256.sha256(of: bytes)
    }

    /// Reads the file that a statement speaks of.
    ///
    /// - Throws: ``AttestationError/Code/limit``; ``AttestationError/Code/references`` also for another file.
    package init(parsing bytes: [UInt8], digest: Digest256, count: Int) throws(AttestationError) {
        try self.init(parsing: bytes)
        guard self.digest == digest, self.count == count else {
            throw AttestationError(
                .references, "a list of references with the digest \(self.digest), not the signed one, \(digest)")
        }
    }
}
