internal import Crypto

/// The hash and the size of a NAR.
public struct NarDigest: Hashable, Sendable {
    /// The SHA-256 of its bytes.
    public var hash: NarHash

    /// The number of its bytes.
    public var size: UInt64

    /// Puts both together.
    public init(hash: NarHash, size: UInt64) {
        self.hash = hash
        self.size = size
    }
}

/// Hashes and counts the bytes of a NAR.
///
/// It does not look whether they are a NAR; run a ``NarParser`` over the same pieces for that.
public struct NarHasher {
    private var hasher = SHA256()

    /// How many bytes were hashed.
    public private(set) var size: UInt64 = 0

    /// Starts a NAR.
    public init() {}

    /// Hashes more bytes; pieces of 64 KiB and more are best.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        hasher.update(bufferPointer: bytes)
        size += UInt64(bytes.count)
    }

    /// Hashes more bytes.
    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// The hash and the size of everything so far.
    public func digest() -> NarDigest {
        NarDigest(hash: NarHash(sha256: hasher.finalize()), size: size)
    }

    /// Hashes the NAR of a file, link or directory, without making it.
    ///
    /// The call blocks on the file system: keep it off Swift's cooperative threads.
    ///
    /// - Throws: What ``NarDumper/dump(_:limits:to:)`` throws.
    public static func hash(path: String, limits: NarLimits = .standard) throws -> NarDigest {
        var hasher = NarHasher()
        try NarDumper.dump(path, limits: limits) { hasher.update($0) }
        return hasher.digest()
    }
}

extension NarHash {
    /// The bytes of a digest that the library made.
    init(sha256 digest: SHA256.Digest) {
        // 32 bytes always; the fallback is never reached and would match nothing.
        self = digest.withUnsafeBytes { NarHash([UInt8]($0)) } ?? NarHash.zero
    }

    private static let zero = NarHash(words: 0, 0, 0, 0)
}
