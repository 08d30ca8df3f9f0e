internal import Quorum

/// The names that a package manager asks for, taken apart.
enum SubstituterPath {
    /// Which store a path is about, and what is asked of it, without a slash at the front.
    ///
    /// Below `/nix/` and `/guix/` lies each store's own substituter; the root is that of one of the two.
    static func route(_ path: String, root: CacheKind) -> (store: CacheKind, rest: Substring) {
        if path.hasPrefix("/nix/") { return (.nix, path.dropFirst(5)) }
        if path.hasPrefix("/guix/") { return (.guix, path.dropFirst(6)) }
        return (root, path.dropFirst())
    }

    /// The hash part in `<hash part><suffix>`, or nil when there is none.
    static func hashPart(_ path: Substring, suffix: String) -> String? {
        guard path.hasSuffix(suffix) else { return nil }
        let part = path.dropLast(suffix.utf8.count)
        return isHashPart(part) ? String(part) : nil
    }

    /// 32 digits of nix32: anything else is no store path's hash and is not asked for.
    static func isHashPart(_ text: Substring) -> Bool {
        text.utf8.count == 32
            && text.utf8.allSatisfy { digit in
                switch digit {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): true
                case UInt8(ascii: "e"), UInt8(ascii: "o"), UInt8(ascii: "t"), UInt8(ascii: "u"): false
                case UInt8(ascii: "a")...UInt8(ascii: "z"): true
                default: false
                }
            }
    }

    /// A NAR's name below `/nar/`, `<hash part>-<nix32 NAR hash>.nar[.ext]`, in its two parts.
    struct NarName {
        /// Of the store path.
        let hashPart: String
        /// What the spool's file would have to be called.
        let fileName: Substring

        /// Nil for anything without a store path's hash part.
        init?(_ name: Substring) {
            let bytes = name.utf8
            guard bytes.count > 33 else { return nil }
            let dash = bytes.index(bytes.startIndex, offsetBy: 32)
            guard bytes[dash] == UInt8(ascii: "-"), SubstituterPath.isHashPart(name[..<dash]) else { return nil }
            hashPart = String(name[..<dash])
            fileName = name[bytes.index(after: dash)...]
        }
    }
}
