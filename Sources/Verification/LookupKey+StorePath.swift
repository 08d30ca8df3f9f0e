package import Ledger
package import StoreFormats

extension LookupKey {
    /// The key of a store path by its hash part.
    package init(_ hashPart: String, in directory: StoreDirectory) { self.init("\(directory.path)/\(hashPart)") }

    /// The hash part of a store path's key.
    package var hashPart: String {
        let bytes = text.utf8
        let start = bytes.lastIndex(of: UInt8(ascii: "/")).map { bytes.index(after: $0) } ?? bytes.startIndex
        return String(text[start...])
    }

    /// The store of a store path's key; nil for anything else's.
    package var storeDirectory: StoreDirectory? {
        if text.hasPrefix("/nix/store/") { return .nix }
        if isOfGuix { return .gnu }
        guard let slash = text.utf8.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        return try? StoreDirectory(String(text[..<slash]))
    }

    /// Whether it is the key of a path in Guix's store.
    package var isOfGuix: Bool { text.hasPrefix("/gnu/store/") }
}
