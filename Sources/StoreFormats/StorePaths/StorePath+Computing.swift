internal import Crypto

extension StorePath {
    /// Computes a path from what it stands for.
    ///
    /// The hash part is SHA-256 over `type:sha256:<hex>:<store directory>:<name>`, folded to 20 bytes.
    /// <https://nix.dev/manual/nix/latest/protocols/store-path>
    ///
    /// - Parameters:
    ///   - type: What the digest is of: `text`, `source` (each with the references behind it) or `output:<name>`.
    ///   - digest: The SHA-256 digest.
    ///   - name: The name.
    ///   - directory: The store.
    static func compute(
        type: String, digest: [UInt8], name: String, in directory: StoreDirectory
    ) throws(StoreFormatError) -> StorePath {
        let fingerprint = "\(type):sha256:\(Base16.encode(digest)):\(directory.path):\(name)"
        let full = SHA256.hash(data: [UInt8](fingerprint.utf8))
        return try StorePath(hashPart: fold([UInt8](full)), name: name, in: directory)
    }

    /// Computes the path of a text, as `builtins.toFile` and derivations have it.
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - contents: The bytes of the file.
    ///   - references: The paths it refers to, all in `directory`.
    ///   - directory: The store.
    /// - Throws: ``StoreFormatError/Code/invalidStorePath``, ``StoreFormatError/Code/wrongStoreDirectory``.
    public static func text(
        name: String, contents: some Collection<UInt8>, references: some Collection<StorePath> = [StorePath](),
        in directory: StoreDirectory = .nix
    ) throws(StoreFormatError) -> StorePath {
        let hash = ContentHash(of: contents, algorithm: .sha256)
        return try ContentAddress(method: .text, hash: hash)
            .storePath(name: name, references: references, in: directory)
    }

    /// Computes the path of a file or tree whose NAR has a given SHA-256: sources, and `recursive` fixed outputs.
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - narHash: The NAR's hash.
    ///   - references: The other paths it refers to, all in `directory`.
    ///   - hasSelfReference: Whether it refers to itself; `narHash` is then the hash modulo its own hash part.
    ///   - directory: The store.
    /// - Throws: ``StoreFormatError/Code/invalidStorePath``, ``StoreFormatError/Code/wrongStoreDirectory``.
    public static func source(
        name: String, narHash: NarHash, references: some Collection<StorePath> = [StorePath](),
        hasSelfReference: Bool = false, in directory: StoreDirectory = .nix
    ) throws(StoreFormatError) -> StorePath {
        try ContentAddress(method: .recursive, hash: narHash.contentHash)
            .storePath(name: name, references: references, hasSelfReference: hasSelfReference, in: directory)
    }

    /// Computes the path of a fixed output without references.
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - hash: The hash of the file (`flat`) or of its NAR (`recursive`).
    ///   - method: How the hash was taken: `.flat` or `.recursive`.
    ///   - directory: The store.
    /// - Throws: ``StoreFormatError/Code/invalidStorePath``.
    public static func fixedOutput(
        name: String, hash: ContentHash, method: ContentAddress.Method, in directory: StoreDirectory = .nix
    ) throws(StoreFormatError) -> StorePath {
        try ContentAddress(method: method, hash: hash).storePath(name: name, in: directory)
    }

    /// Folds a digest to 20 bytes by exclusive or.
    private static func fold(_ digest: [UInt8]) -> [UInt8] {
        var folded = [UInt8](repeating: 0, count: hashPartByteCount)
        for (index, byte) in digest.enumerated() { folded[index % hashPartByteCount] ^= byte }
        return folded
    }
}
