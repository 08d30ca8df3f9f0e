/// A digest of 32 bytes (SHA-256 everywhere in Quorate), held inline so that comparing and hashing it allocates nothing.
public struct Digest256: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The digest's length in bytes.
    public static let byteCount = 32

    // Big-endian words, so that word order is byte order.
    private let word0: UInt64
    private let word1: UInt64
    private let word2: UInt64
    private let word3: UInt64

    /// Takes exactly 32 bytes; nil for any other number. The same for an array, which is what hot paths have.
    public init?(_ bytes: [UInt8]) {
        guard let digest = bytes.withUnsafeBytes({ Digest256($0) }) else { return nil }
        self = digest
    }

    /// Takes exactly 32 bytes in place; nil for any other number.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.byteCount else { return nil }
        func word(_ index: Int) -> UInt64 {
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
        }
        (word0, word1, word2, word3) = (word(0), word(1), word(2), word(3))
    }

    /// Takes exactly 32 bytes; nil for any other number.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        var position = 0
        for byte in bytes {
            let value = UInt64(byte)
            switch position >> 3 {
            case 0: words.0 = words.0 << 8 | value
            case 1: words.1 = words.1 << 8 | value
            case 2: words.2 = words.2 << 8 | value
            default: words.3 = words.3 << 8 | value
            }
            position += 1
        }
        word0 = words.0
        word1 = words.1
        word2 = words.2
        word3 = words.3
    }

    /// Reads 64 lower-case hexadecimal digits, the only spelling accepted; nil for anything else.
    public init?(hex: some StringProtocol) {
        guard let bytes = Hexadecimal.decode(hex.utf8, case: .lower) else { return nil }
        self.init(bytes)
    }

    /// The 32 bytes, first byte first.
    public var bytes: [UInt8] { withBytes { Array($0) } }

    /// Calls `body` with the 32 bytes in place, first byte first; they are valid only meanwhile.
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withUnsafeBytes(of: (word0.bigEndian, word1.bigEndian, word2.bigEndian, word3.bigEndian), body)
    }

    /// The first eight bytes as a number, the first byte the most significant.
    public var prefix: UInt64 { word0 }

    /// The digest as 64 lower-case hexadecimal digits.
    public var hex: String { Hexadecimal.encode(bytes) }

    /// The same as ``hex``.
    public var description: String { hex }

    /// Orders digests as their bytes are ordered.
    public static func < (left: Digest256, right: Digest256) -> Bool {
        if left.word0 != right.word0 { return left.word0 < right.word0 }
        if left.word1 != right.word1 { return left.word1 < right.word1 }
        if left.word2 != right.word2 { return left.word2 < right.word2 }
        return left.word3 < right.word3
    }
}
