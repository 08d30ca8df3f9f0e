internal import GRDB
internal import Ledger
internal import Quorum

/// Writes rows of claims with their evidence, inside one transaction.
struct ClaimRowWriter {
    private let insert: BulkStatement
    private let sight: BulkStatement
    private let removal: BulkStatement
    private var names: NameWriter
    private var evidence: EvidenceWriter
    private var writer = FieldWriter()

    init(_ db: Database) throws {
        insert = try BulkStatement(
            db,
            sql: """
                INSERT INTO claim (lookup, identity, claim, lastSeen, seal, contentAddressed, ownBuild, block, item)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (lookup, identity) DO NOTHING
                """)
        sight = try BulkStatement(
            db, sql: "UPDATE claim SET lastSeen = max(lastSeen, ?) WHERE lookup = ? AND identity = ?")
        removal = try BulkStatement(db, sql: "DELETE FROM claim WHERE lookup = ? AND identity = ?")
        names = NameWriter(db)
        evidence = try EvidenceWriter(db)
    }

    /// Records a claim. One that is known keeps its row, seal and evidence; only the time of the last sight moves.
    ///
    /// - Parameter place: Where its evidence was written for another claim; nil when it was not.
    /// - Returns: Where its evidence was written now; nil when it was not.
    mutating func record(_ row: ClaimRow, _ new: NewClaim, at place: EvidencePlace?) throws -> EvidencePlace? {
        writer.bytes.removeAll(keepingCapacity: true)
        try StoredClaim.write(new.claim, &names, into: &writer)
        let isNew = try row.marks.identity.withBytes { identity in
            let identity = UnsafeRawBufferPointer(rebasing: identity.prefix(ClaimRow.identityBytes))
            if new.replacesDamaged {
                removal.bind(row.lookup, at: 1)
                removal.bind(identity, at: 2)
                try removal.run()
            }
            if try insert(row, identity, new, at: place ?? evidence.place) { return true }
            sight.bind(new.claim.observedAt.secondsSince1970, at: 1)
            sight.bind(row.lookup, at: 2)
            sight.bind(identity, at: 3)
            try sight.run()
            return false
        }
        guard isNew, place == nil else { return nil }
        defer { writer.bytes.removeAll(keepingCapacity: true) }
        let written = evidence.place
        try evidence.add(new.evidence)
        return written
    }

    /// - Returns: False when there is a row of this claim.
    private func insert(
        _ row: ClaimRow, _ identity: UnsafeRawBufferPointer, _ new: NewClaim, at place: EvidencePlace
    ) throws -> Bool {
        insert.bind(row.lookup, at: 1)
        insert.bind(identity, at: 2)
        insert.bind(new.claim.observedAt.secondsSince1970, at: 4)
        insert.bind(new.hasContentAddress ? 1 : 0, at: 6)
        insert.bind(new.claim.form == .ownBuild ? 1 : 0, at: 7)
        insert.bind(place.block, at: 8)
        insert.bind(place.item, at: 9)
        return try writer.bytes.withUnsafeBytes { claim in
            try row.marks.seal.withBytes { seal in
                insert.bind(claim, at: 3)
                insert.bind(seal, at: 5)
                return try insert.run() == 1
            }
        }
    }

    /// Writes the evidence that was gathered. Without it nothing may be committed.
    mutating func finish() throws { try evidence.finish() }
}
