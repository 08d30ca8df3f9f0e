internal import FoundationEssentials
internal import GRDB

/// Reads the evidence of claims, each block once.
struct EvidenceReader {
    let db: Database

    /// The evidence at these places; what is damaged or missing is left out.
    func evidence(at places: Set<EvidencePlace>) throws -> [[UInt8]] {
        let statement = try db.cachedStatement(sql: "SELECT size, items FROM evidence WHERE id = ?")
        var found: [[UInt8]] = []
        for (block, places) in Dictionary(grouping: places, by: \.block) {
            guard let row = try Row.fetchOne(statement, arguments: [block]),
                let items = EvidenceBlocks.items(Array(row[1] as Data), size: row[0])
            else { continue }
            for place in places {
                guard let item = Int(exactly: place.item), items.indices.contains(item) else { continue }
                found.append(Array(items[item]))
            }
        }
        return found
    }
}
