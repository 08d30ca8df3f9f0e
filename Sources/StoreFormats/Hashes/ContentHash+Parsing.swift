extension ContentHash {
    /// Reads a hash in its canonical spelling, `sha256:` and nix32 digits.
    ///
    /// - Throws: ``StoreFormatError/Code/invalidHash``.
    public init(parsing text: String) throws(StoreFormatError) {
        let (hash, spelling) = try ContentHash.parse(text)
        guard spelling == .nix32 else {
            throw StoreFormatError(.invalidHash, "hash is not spelled in nix32; write \(hash)")
        }
        self = hash
    }

    /// Reads a hash in any spelling that Nix reads, and says which one it was.
    ///
    /// The spelling follows from the separator and the length, as in Nix; the three `:` spellings of one algorithm have
    /// different lengths. Each spelling is read in its canonical form only.
    ///
    /// - Throws: ``StoreFormatError/Code/invalidHash``.
    public static func parse(_ text: String) throws(StoreFormatError) -> (hash: ContentHash, spelling: Spelling) {
        try parse(utf8: [UInt8](text.utf8)[...])
    }

    static func parse(
        utf8 text: ArraySlice<UInt8>
    ) throws(StoreFormatError) -> (hash: ContentHash, spelling: Spelling) {
        guard let separator = text.firstIndex(where: { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "-") }) else {
            throw StoreFormatError(.invalidHash, "hash without an algorithm; write sha256:…")
        }
        let name = String(decoding: text[..<separator], as: UTF8.self)
        guard let algorithm = HashAlgorithm(rawValue: name) else {
            throw StoreFormatError(.invalidHash, "hash with an unknown algorithm; known are md5, sha1, sha256, sha512")
        }
        let digits = text[(separator + 1)...]
        let size = algorithm.digestSize
        let spelling: Spelling
        if text[separator] == UInt8(ascii: "-") {
            spelling = .sri
        } else {
            switch digits.count {
            case Nix32.encodedCount(forBytes: size): spelling = .nix32
            case size * 2: spelling = .base16
            default: spelling = .base64
            }
        }
        do {
            let digest =
                switch spelling {
                case .nix32: try Nix32.decode(digits, count: size)
                case .base16: try Base16.decode(digits)
                case .base64, .sri: try Base64.decode(digits)
                }
            return (try ContentHash(algorithm: algorithm, digest: digest), spelling)
        } catch {
            throw StoreFormatError(.invalidHash, "\(algorithm) hash cannot be read: \(error.message)")
        }
    }
}
