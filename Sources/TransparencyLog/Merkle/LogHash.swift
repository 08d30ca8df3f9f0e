/// A hash of a log's tree: 32 bytes of SHA-256, held inline so that trees of millions allocate nothing for each.
package struct LogHash: Hashable, Sendable {
    /// The length in bytes.
    package static let byteCount = 32

    // Big-endian words, so that the order of words is the order of bytes.
    private let word0: UInt64
    private let word1: UInt64
    private let word2: UInt64
    private let word3: UInt64

    /// Takes 32 bytes; the caller has checked their number.
    init(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count == Self.byteCount, "a hash has 32 bytes")
        func word(_ index: Int) -> UInt64 {
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
        }
        word0 = word(0)
        word1 = word(1)
        word2 = word(2)
        word3 = word(3)
    }

    /// Takes exactly 32 bytes; nil for any other number.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        if let hash = bytes.withContiguousStorageIfAvailable({ LogHash(UnsafeRawBufferPointer($0)) }) {
            self = hash
        } else {
            self = Array(bytes).withUnsafeBytes { LogHash($0) }
        }
    }

    /// Reads 44 digits of canonical base64; nil for anything else.
    package init?(base64 text: some Collection<UInt8>) {
        guard text.count == 44, let bytes = StrictText.decodeBase64(text) else { return nil }
        self.init(bytes)
    }

    /// Reads 64 lower-case hexadecimal digits; nil for anything else.
    package init?(hex text: some StringProtocol) {
        guard let bytes = StrictText.decodeHex(text.utf8) else { return nil }
        self.init(bytes)
    }

    /// The 32 bytes.
    package var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

    /// The hash in base64, as checkpoints and proofs have it.
    package var base64: String { StrictText.encodeBase64(bytes) }

    /// The hash as 64 lower-case hexadecimal digits.
    package var hex: String { StrictText.hex(bytes) }

    /// Puts the 32 bytes behind others.
    package func append(to bytes: inout [UInt8]) {
        withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    /// Lends the 32 bytes without making an array of them.
    package func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try Swift.withUnsafeBytes(
            of: (word0.bigEndian, word1.bigEndian, word2.bigEndian, word3.bigEndian), body)
    }
}

extension LogHash: Comparable {
    /// Orders hashes as their bytes are ordered.
    package static func < (left: LogHash, right: LogHash) -> Bool {
        if left.word0 != right.word0 { return left.word0 < right.word0 }
        if left.word1 != right.word1 { return left.word1 < right.word1 }
        if left.word2 != right.word2 { return left.word2 < right.word2 }
        return left.word3 < right.word3
    }
}

extension LogHash: CustomStringConvertible {
    /// The same as ``base64``.
    package var description: String { base64 }
}
