internal import DurableFiles
internal import StoreFormats

/// Finds out how an exported path follows from its contents: exports do not say.
enum ExportedAddress {
    /// The content address of an object that was unpacked; nil for what derivations made, which only votes can judge.
    /// Blocks.
    /// - Throws: `mismatch` for a derivation that does not belong at its path.
    static func of(_ object: ExportedObject, at tree: String) throws(LocalStoreError) -> ContentAddress? {
        let path = object.path
        func fits(_ address: ContentAddress?) -> ContentAddress? {
            guard !object.references.contains(path) else { return nil }
            let computed = try? address?.storePath(name: path.name, references: object.references, in: path.directory)
            return computed == path ? address : nil
        }
        if let address = fits(try? ContentAddress(method: .recursive, hash: object.nar.hash.contentHash)) {
            return address
        }
        if FileStatus(path: tree)?.isRegular == true, let hash = try? FlatHash.of(tree, algorithm: .sha256) {
            let found = fits(try? ContentAddress(method: .text, hash: hash))
            if let address = found ?? fits(try? ContentAddress(method: .flat, hash: hash)) { return address }
        }
        guard !path.isDerivation else {
            throw LocalStoreError(.mismatch, "\(path): its contents are no derivation that belongs there")
        }
        return nil
    }
}
