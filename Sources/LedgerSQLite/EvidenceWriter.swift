internal import Compression
internal import GRDB

/// Gathers the evidence of the claims that one transaction records.
struct EvidenceWriter {
    private let insert: BulkStatement
    private var block: Int64
    private var item: Int64 = 0
    private var content: [UInt8] = []

    init(_ db: Database) throws {
        insert = try BulkStatement(db, sql: "INSERT INTO evidence (id, size, items) VALUES (?, ?, ?)")
        block = 1 + (try Int64.fetchOne(db, sql: "SELECT max(id) FROM evidence") ?? 0)
    }

    /// Where the next item will be.
    var place: EvidencePlace { EvidencePlace(block: block, item: item) }

    mutating func add(_ evidence: some Collection<UInt8>) throws {
        withUnsafeBytes(of: UInt32(evidence.count).littleEndian) { content.append(contentsOf: $0) }
        content.append(contentsOf: evidence)
        item += 1
        if content.count >= EvidenceBlocks.blockSize { try finish() }
    }

    /// Writes what was added. Nothing that refers to it may be committed before.
    mutating func finish() throws {
        guard !content.isEmpty else { return }
        insert.bind(block, at: 1)
        insert.bind(Int64(content.count), at: 2)
        try (LZ4Block.compress(content) ?? content).withUnsafeBytes { bytes in
            insert.bind(bytes, at: 3)
            try insert.run()
        }
        block += 1
        item = 0
        content.removeAll(keepingCapacity: true)
    }
}
