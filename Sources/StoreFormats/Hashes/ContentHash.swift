/// A digest together with its algorithm.
public struct ContentHash: Hashable, Sendable {
    /// The algorithm.
    public let algorithm: HashAlgorithm

    /// The digest: exactly ``HashAlgorithm/digestSize`` bytes.
    public let digest: [UInt8]

    /// Creates a hash from a digest.
    ///
    /// - Throws: ``StoreFormatError/Code/invalidHash`` when the digest has not the algorithm's size.
    public init(algorithm: HashAlgorithm, digest: some Collection<UInt8>) throws(StoreFormatError) {
        guard digest.count == algorithm.digestSize else {
            throw StoreFormatError(
                .invalidHash, "\(algorithm) digest of \(digest.count) bytes; it has \(algorithm.digestSize)")
        }
        self.algorithm = algorithm
        self.digest = [UInt8](digest)
    }

    init(unchecked digest: [UInt8], algorithm: HashAlgorithm) {
        self.algorithm = algorithm
        self.digest = digest
    }

    /// The hash of bytes in memory.
    public init(of bytes: some Collection<UInt8>, algorithm: HashAlgorithm) {
        var hasher = ContentHasher(algorithm)
        hasher.update([UInt8](bytes))
        self = hasher.finalize()
    }

    /// The ways to write a hash.
    public enum Spelling: Hashable, Sendable, CaseIterable {
        /// `sha256:` and nix32 digits: the canonical one.
        case nix32
        /// `sha256:` and hexadecimal digits.
        case base16
        /// `sha256:` and base64.
        case base64
        /// `sha256-` and base64, as W3C's subresource integrity has it.
        case sri
    }

    /// The hash in one of its spellings.
    public func spelled(_ spelling: Spelling) -> String {
        switch spelling {
        case .nix32: "\(algorithm.rawValue):\(Nix32.encode(digest))"
        case .base16: "\(algorithm.rawValue):\(Base16.encode(digest))"
        case .base64: "\(algorithm.rawValue):\(Base64.encode(digest))"
        case .sri: "\(algorithm.rawValue)-\(Base64.encode(digest))"
        }
    }
}

extension ContentHash: CustomStringConvertible {
    /// The canonical spelling: `sha256:` and nix32 digits.
    public var description: String { spelled(.nix32) }
}
