internal import FoundationEssentials
internal import GRDB
internal import Ledger
internal import Quorum

/// Takes the rows of the first table of claims over into the second, with all that they hold.
///
/// Claims and seals stay as they were written, damaged ones too: those are told and healed as before.
struct ClaimMigration {
    private let db: Database

    init(_ db: Database) { self.db = db }

    func run() throws {
        try db.execute(sql: "DROP INDEX claimIdentity; ALTER TABLE claim RENAME TO claimBefore")
        try makeTables()
        try moveRows()
        try db.execute(sql: "DROP TABLE claimBefore")
    }

    private func makeTables() throws {
        // A claim's row is found by eight bytes of its lookup key's digest. Index entries are met in random order, and
        // each page of them that a batch touches is written anew, so what counts is how many fit on a page.
        try db.execute(
            sql: """
                CREATE TABLE claim (
                    id INTEGER PRIMARY KEY,
                    lookup INTEGER NOT NULL,
                    identity BLOB NOT NULL,
                    claim BLOB NOT NULL,
                    lastSeen INTEGER NOT NULL,
                    seal BLOB,
                    contentAddressed INTEGER NOT NULL,
                    ownBuild INTEGER NOT NULL,
                    block INTEGER NOT NULL,
                    item INTEGER NOT NULL
                ) STRICT
                """)
        try db.execute(sql: "CREATE UNIQUE INDEX claimIdentity ON claim (lookup, identity)")
        try db.execute(sql: "CREATE INDEX claimOwnBuild ON claim (ownBuild) WHERE ownBuild = 1")
        try db.execute(
            sql: "CREATE TABLE evidence (id INTEGER PRIMARY KEY, size INTEGER NOT NULL, items BLOB NOT NULL) STRICT")
        try db.execute(sql: "CREATE TABLE name (id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE) STRICT")
    }

    private func moveRows() throws {
        var evidence = try EvidenceWriter(db)
        let insert = try db.cachedStatement(
            sql: """
                INSERT INTO claim (lookup, identity, claim, lastSeen, seal, contentAddressed, ownBuild, block, item)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT lookup, identity, claim, lastSeen, seal, contentAddressed, evidence FROM claimBefore ORDER BY id
                """)
        while let row = try rows.next() {
            let claim = row[2] as Data
            let isOwnBuild = (try? ClaimCoding.decode(Array(claim)))?.form == .ownBuild
            let place = evidence.place
            try evidence.add(row[6] as Data)
            try insert.execute(
                arguments: [
                    ClaimRow.lookup(LookupKey(row[0] as String)), (row[1] as Data).prefix(ClaimRow.identityBytes),
                    claim, row[3] as Int64, row[4] as Data?, row[5] as Bool, isOwnBuild, place.block, place.item,
                ])
        }
        try evidence.finish()
    }
}
