internal import Crypto

/// Hashes a stream with any of the known algorithms.
///
/// Give it large pieces (64 KiB and more): each call has a fixed cost.
public struct ContentHasher {
    private enum State {
        case md5(Insecure.MD5)
        case sha1(Insecure.SHA1)
        case sha256(SHA256)
        case sha512(SHA512)
    }

    private var state: State

    /// The algorithm.
    public let algorithm: HashAlgorithm

    /// Starts a hash.
    public init(_ algorithm: HashAlgorithm) {
        self.algorithm = algorithm
        state =
            switch algorithm {
            case .md5: .md5(Insecure.MD5())
            case .sha1: .sha1(Insecure.SHA1())
            case .sha256: .sha256(SHA256())
            case .sha512: .sha512(SHA512())
            }
    }

    /// Hashes more bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        // Taken out by value and put back: swift-crypto's hashers copy their state only when it is shared.
        switch state {
        case .md5(var hasher):
            state = .md5(Insecure.MD5())
            hasher.update(bufferPointer: bytes)
            state = .md5(hasher)
        case .sha1(var hasher):
            state = .sha1(Insecure.SHA1())
            hasher.update(bufferPointer: bytes)
            state = .sha1(hasher)
        case .sha256(var hasher):
            hasher.update(bufferPointer: bytes)
            state = .sha256(hasher)
        case .sha512(var hasher):
            hasher.update(bufferPointer: bytes)
            state = .sha512(hasher)
        }
    }

    /// Hashes more bytes.
    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// The hash of everything so far.
    public consuming func finalize() -> ContentHash {
        let digest: [UInt8] =
            switch state {
            case .md5(let hasher): [UInt8](hasher.finalize())
            case .sha1(let hasher): [UInt8](hasher.finalize())
            case .sha256(let hasher): [UInt8](hasher.finalize())
            case .sha512(let hasher): [UInt8](hasher.finalize())
            }
        return ContentHash(unchecked: digest, algorithm: algorithm)
    }
}
