/// The SHA-256 of a NAR, held inline: what narinfos state and signatures cover.
public struct NarHash: Sendable {
    // Big-endian words, so that comparing words compares bytes.
    private let word0: UInt64
    private let word1: UInt64
    private let word2: UInt64
    private let word3: UInt64

    /// The size of the digest in bytes.
    public static let byteCount = 32

    init(words word0: UInt64, _ word1: UInt64, _ word2: UInt64, _ word3: UInt64) {
        self.word0 = word0
        self.word1 = word1
        self.word2 = word2
        self.word3 = word3
    }

    /// Takes exactly 32 bytes; nil for any other number. The same for an array, which is what hot paths have.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == NarHash.byteCount else { return nil }
        (word0, word1, word2, word3) = bytes.withUnsafeBytes { bytes in
            func word(_ index: Int) -> UInt64 {
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
            }
            return (word(0), word(1), word(2), word(3))
        }
    }

    /// Creates a hash from its 32 bytes; nil for any other number of bytes.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == NarHash.byteCount else { return nil }
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        for (index, byte) in bytes.enumerated() {
            switch index / 8 {
            case 0: words.0 = words.0 << 8 | UInt64(byte)
            case 1: words.1 = words.1 << 8 | UInt64(byte)
            case 2: words.2 = words.2 << 8 | UInt64(byte)
            default: words.3 = words.3 << 8 | UInt64(byte)
            }
        }
        (word0, word1, word2, word3) = words
    }

    /// Reads the canonical spelling, `sha256:` and 52 nix32 digits.
    ///
    /// - Throws: ``StoreFormatError/Code/invalidHash``.
    public init(parsing text: String) throws(StoreFormatError) {
        try self.init(ContentHash(parsing: text))
    }

    /// Takes the digest out of a SHA-256 hash.
    ///
    /// - Throws: ``StoreFormatError/Code/invalidHash`` for a hash of another algorithm.
    public init(_ hash: ContentHash) throws(StoreFormatError) {
        guard hash.algorithm == .sha256, let narHash = NarHash(hash.digest) else {
            throw StoreFormatError(.invalidHash, "NAR hash by \(hash.algorithm); NARs are hashed by sha256")
        }
        self = narHash
    }

    /// The 32 bytes.
    public var bytes: [UInt8] {
        withUnsafeBytes(of: (word0.bigEndian, word1.bigEndian, word2.bigEndian, word3.bigEndian)) { Array($0) }
    }

    /// The hash with its algorithm.
    public var contentHash: ContentHash {
        ContentHash(unchecked: bytes, algorithm: .sha256)
    }

    /// The 64 hexadecimal digits.
    public var hex: String { Base16.encode(bytes) }

    /// The 52 nix32 digits, without `sha256:`.
    public var nix32: String { Nix32.encode(bytes) }
}

extension NarHash: Hashable, Comparable {
    /// Orders hashes by their bytes.
    public static func < (left: NarHash, right: NarHash) -> Bool {
        (left.word0, left.word1, left.word2, left.word3) < (right.word0, right.word1, right.word2, right.word3)
    }
}

extension NarHash: CustomStringConvertible {
    /// The canonical spelling: `sha256:` and 52 nix32 digits.
    public var description: String { "sha256:\(nix32)" }
}
