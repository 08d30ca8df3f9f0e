/// Reads an `add-entries` body (c2sp.org/tlog-mirror) in pieces, as it comes.
///
/// Holds one package at most, that is 256 entries: 17 MB in the worst case, some hundred kB in ordinary life. Each byte
/// is looked at once, however small the pieces are.
package struct AddEntriesParser {
    private var buffer: [UInt8] = []
    /// Where in the buffer the package being read has been scanned to, and where its entries are.
    private var scanned = 0
    private var entries: [Range<Int>] = []
    /// The package's number of hashes, once its entries are all here.
    private var hashCount: Int?
    /// The header, once it was taken.
    private var header: AddEntriesHeader?
    private var position: UInt64 = 0

    package init() {}

    /// Adds what came next.
    package mutating func push(_ bytes: some Sequence<UInt8>) { buffer += bytes }

    /// The header, once, when it is complete; nil until then and afterwards.
    /// - Throws: ``TransparencyLogError`` `.submission`.
    package mutating func takeHeader() throws(TransparencyLogError) -> AddEntriesHeader? {
        guard header == nil, let originCount = number(at: 0, 2).map({ Int($0) }),
            let ticketCount = number(at: originCount + 18, 2).map({ Int($0) }),
            buffer.count >= originCount + 20 + ticketCount,
            let start = number(at: originCount + 2, 8), let end = number(at: originCount + 10, 8)
        else { return nil }
        // Bytes that are no UTF-8 become an origin that no log has.
        let origin = String(decoding: buffer[2..<(originCount + 2)], as: UTF8.self)
        let ticket = Array(buffer[(originCount + 20)..<(originCount + 20 + ticketCount)])
        let header = try AddEntriesHeader(origin: origin, start: start, end: end, ticket: ticket)
        buffer.removeFirst(originCount + 20 + ticketCount)
        self.header = header
        position = start
        return header
    }

    /// The next package when it is complete; nil until then, and when all are there.
    /// - Throws: ``TransparencyLogError`` `.submission`.
    package mutating func takePackage() throws(TransparencyLogError) -> EntryPackage? {
        guard let header, position < header.end else { return nil }
        let range = EntryPackage.range(from: position, upTo: header.end)
        let count = Int(range.upperBound - range.lowerBound)
        while entries.count < count {
            guard let length = number(at: scanned, 2).map({ Int($0) }), buffer.count >= scanned + 2 + length else {
                return nil
            }
            entries.append((scanned + 2)..<(scanned + 2 + length))
            scanned += 2 + length
        }
        guard let hashCount = hashCount ?? number(at: scanned, 1).map({ Int($0) }) else { return nil }
        self.hashCount = hashCount
        guard hashCount <= MerkleProof.maximumHashCount else {
            throw TransparencyLogError(
                .submission,
                "add-entries: a proof of \(hashCount) hashes, at most \(MerkleProof.maximumHashCount) are possible")
        }
        let end = scanned + 1 + hashCount * LogHash.byteCount
        guard buffer.count >= end else { return nil }
        let proof = (0..<hashCount).compactMap { index in
            LogHash(buffer[(scanned + 1 + index * LogHash.byteCount)...].prefix(LogHash.byteCount))
        }
        let package = EntryPackage(range: range, entries: entries.map { Array(buffer[$0]) }, proof: proof)
        buffer.removeFirst(end)
        scanned = 0
        entries.removeAll(keepingCapacity: true)
        self.hashCount = nil
        position = range.upperBound
        return package
    }

    /// A big-endian number of `count` bytes; nil when it is not all here.
    private func number(at offset: Int, _ count: Int) -> UInt64? {
        guard buffer.count >= offset + count else { return nil }
        return buffer[offset..<(offset + count)].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
