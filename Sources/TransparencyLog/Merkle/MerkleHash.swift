internal import Crypto

/// How entries become hashes and hashes become a root (RFC 9162, section 2.1.1).
package enum MerkleHash {
    /// The root of the tree without entries: SHA-256 of nothing.
    package static let empty = finish(SHA256())

    /// The hash of an entry: SHA-256 of a zero byte and its bytes.
    package static func leaf(_ entry: [UInt8]) -> LogHash {
        var hash = SHA256()
        hash.update(data: leafPrefix)
        hash.update(data: entry)
        return finish(hash)
    }

    /// The hash of two subtrees side by side: SHA-256 of a byte of one and both hashes.
    package static func node(_ left: LogHash, _ right: LogHash) -> LogHash {
        withUnsafeTemporaryAllocation(byteCount: 65, alignment: 8) { message in
            message[0] = 1
            left.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: message[1..<33]).copyMemory(from: $0) }
            right.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: message[33..<65]).copyMemory(from: $0) }
            var hash = SHA256()
            hash.update(bufferPointer: UnsafeRawBufferPointer(message))
            return finish(hash)
        }
    }

    /// The root of the tree with these leaf hashes.
    package static func root(of leaves: some Sequence<LogHash>) -> LogHash {
        var frontier = Frontier()
        for leaf in leaves { frontier.append(leaf) }
        return frontier.root
    }

    private static let leafPrefix: [UInt8] = [0]

    private static func finish(_ hash: SHA256) -> LogHash {
        hash.finalize().withUnsafeBytes { LogHash($0) }
    }
}
