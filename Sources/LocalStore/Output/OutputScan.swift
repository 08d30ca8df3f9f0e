package import StoreFormats

/// Hash, size and references of a tree, taken in one pass that also makes its metadata canonical.
package enum OutputScan {
    /// What was found.
    package struct Result: Hashable, Sendable {
        /// Hash and size of the NAR.
        package let digest: NarDigest
        /// Those of the candidates that the NAR mentions, sorted.
        package let references: [StorePath]
        /// Files, links and folders.
        package let entries: Int

        package var narHash: NarHash { digest.hash }
        package var narSize: UInt64 { digest.size }
    }

    /// Scans the tree at a path. Blocks; memory is bounded whatever the tree holds.
    ///
    /// Nobody else may change the tree meanwhile: every process of its build is dead. A change is noticed where it
    /// shows (sizes, kinds), and no link is followed either way.
    ///
    /// - Parameters:
    ///   - path: A file, a link or a folder; the path's own last component is not followed.
    ///   - candidates: What may be referred to, with the path itself.
    ///   - canonicalisation: Nil to change nothing.
    ///   - threads: How many read files beside the one that hashes; they start when a tree is worth it.
    package static func run(
        _ path: String, candidates: some Collection<StorePath>, canonicalising canonicalisation: Canonicalisation?,
        threads: Int = Processors.count
    ) throws(LocalStoreError) -> Result {
        let pipeline = ScanPipeline(
            reader: TreeReader(root: path, canonicalisation: canonicalisation),
            hunt: candidates.isEmpty ? nil : ReferenceHunt(for: Array(candidates)), threads: max(1, threads))
        return try pipeline.run()
    }
}
