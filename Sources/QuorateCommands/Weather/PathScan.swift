internal import StoreFormats

/// Finds the store paths that a text names: a profile's manifest, a list, what a package manager printed.
enum PathScan {
    /// Each path once, in the order of its first place. Derivations are left out: no server is asked for them.
    static func paths(in text: [UInt8]) -> [StorePath] {
        var found: [StorePath] = []
        var seen: Set<StorePath> = []
        for directory in [StoreDirectory.nix, .gnu] {
            let prefix = Array((directory.path + "/").utf8)
            var start = 0
            while let place = text[start...].firstIndex(of: UInt8(ascii: "/")) {
                guard text[place...].starts(with: prefix) else {
                    start = place + 1
                    continue
                }
                let base = text[(place + prefix.count)...].prefix { isBaseNameByte($0) }
                start = base.endIndex
                if let path = path(base, in: directory), !path.isDerivation, seen.insert(path).inserted {
                    found.append(path)
                }
            }
        }
        return found
    }

    /// The base name, less a full stop that ends a sentence.
    private static func path(_ base: ArraySlice<UInt8>, in directory: StoreDirectory) -> StorePath? {
        var base = base
        while base.last == UInt8(ascii: ".") || base.last == UInt8(ascii: "?") { base.removeLast() }
        return try? StorePath(baseName: String(decoding: base, as: UTF8.self), in: directory)
    }

    private static func isBaseNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "?"), UInt8(ascii: "="):
            true
        default: false
        }
    }
}
