internal import Crypto

/// The head of a journal record, 32 bytes, big-endian: "qrec", number of entries (4), their bytes (8), the first
/// index (8), and the first 8 bytes of SHA-256 over the segment's number and these 24.
///
/// The entries need no checksum of their own: they are hashed for the tree in any case, and the root behind them tells
/// whether they are what was written.
struct JournalRecord {
    let count: Int
    let byteCount: Int
    let first: UInt64

    static let magic: [UInt8] = Array("qrec".utf8)
    /// Most entries of a record, and most bytes: what may be lost of memory when one is read again.
    static let maximumCount = 8192
    static let maximumByteCount = 16 << 20

    /// Bytes of the whole record.
    var recordByteCount: Int { EntryBatch.headByteCount + byteCount + LogHash.byteCount }

    /// Nil when these bytes are no head of a record in that segment.
    init?(_ head: some Collection<UInt8>, segment: UInt64) {
        let head = Array(head)
        guard head.count == EntryBatch.headByteCount, head.starts(with: Self.magic),
            Array(head[24...]) == Self.checksum(Array(head[..<24]), segment: segment)
        else { return nil }
        count = Int(truncatingIfNeeded: BigEndian.read(head[4..<8]))
        byteCount = Int(truncatingIfNeeded: BigEndian.read(head[8..<16]))
        first = BigEndian.read(head[16..<24])
        guard (1...Self.maximumCount).contains(count), (2 * count...Self.maximumByteCount).contains(byteCount) else {
            return nil
        }
    }

    static func writeHead(_ record: inout [UInt8], count: Int, byteCount: Int, first: UInt64, segment: UInt64) {
        var head = magic
        BigEndian.append(UInt64(count), byteCount: 4, to: &head)
        BigEndian.append(UInt64(byteCount), byteCount: 8, to: &head)
        BigEndian.append(first, byteCount: 8, to: &head)
        head += checksum(head, segment: segment)
        record.replaceSubrange(0..<EntryBatch.headByteCount, with: head)
    }

    private static func checksum(_ head: [UInt8], segment: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        BigEndian.append(segment, byteCount: 8, to: &bytes)
        return Array(SHA256.hash(data: bytes + head).prefix(8))
    }
}
