internal import StoreFormats

/// Names in the try-out's lines.
enum TryWords {
    /// `hello-1.0` of `/nix/store/<hash>-hello-1.0[.drv]`.
    static func name(_ path: String) -> String {
        let base = path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
        let name = base.count > 33 ? base.dropFirst(33) : base
        return String(name.hasSuffix(".drv") ? name.dropLast(4) : name)
    }
}

extension VerdictWords {
    /// The first eight digits of a NAR hash.
    static func shortHash(_ hash: NarHash) -> String { String(hash.nix32.prefix(8)) }
}
