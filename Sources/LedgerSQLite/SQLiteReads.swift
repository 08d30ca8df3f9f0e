internal import FoundationEssentials
internal import GRDB
internal import Ledger
internal import Quorum

/// The statements that read.
struct SQLiteReads {
    let db: Database

    /// One row that cannot be read takes nothing away but itself.
    func contents(at keys: [LookupKey]) throws -> (known: [LookupKey: LedgerContents], damaged: DamagedRows) {
        var all: [LookupKey: LedgerContents] = [:]
        var damaged = DamagedRows()
        all.reserveCapacity(keys.count)
        let claims = try BulkStatement(
            db, sql: "SELECT claim, lastSeen, seal, contentAddressed FROM claim WHERE lookup = ?")
        let asks = try BulkStatement(db, sql: "SELECT source, askedAt, answer, reason FROM ask WHERE lookup = ?")
        var names = NameReader(db)
        for key in keys where all[key] == nil {
            var contents = LedgerContents()
            claims.bind(ClaimRow.lookup(key), at: 1)
            try claims.forEachRow { row in
                guard let claim = try claim(row.bytes(at: 0) ?? [], &names) else {
                    contents.hasDamage = true
                    damaged.note(key)
                    return
                }
                // Two keys may share the bytes that rows are found by.
                guard key.isKey(of: claim.subject) else { return }
                // The row of a claim that is known stays, so it was first seen when it says.
                contents.claims.append(
                    ClaimRecord(
                        claim: claim, firstSeen: claim.observedAt,
                        lastSeen: Timestamp(secondsSince1970: row.integer(at: 1)), seal: row.bytes(at: 2),
                        hasContentAddress: row.integer(at: 3) != 0))
            }
            var text = key.text
            try text.withUTF8 { text in
                asks.bind(text: text, at: 1)
                try asks.forEachRow { row in
                    guard let answer = AskRow.answer(row.text(at: 2), row.text(at: 3)) else {
                        contents.hasDamage = true
                        damaged.note(key)
                        return
                    }
                    contents.asks.append(
                        Ask(
                            key: key, source: row.text(at: 0), at: Timestamp(secondsSince1970: row.integer(at: 1)),
                            answer: answer))
                }
            }
            if !contents.claims.isEmpty || !contents.asks.isEmpty || contents.hasDamage { all[key] = contents }
        }
        return (all, damaged)
    }

    /// The claim of a row; nil when the row is damaged.
    private func claim(_ stored: [UInt8], _ names: inout NameReader) throws -> Claim? {
        do {
            return try StoredClaim.read(stored, &names)
        } catch is LedgerError {
            return nil
        }
    }

    func evidence(at key: LookupKey) throws -> [Digest256: [UInt8]] {
        var places: Set<EvidencePlace> = []
        let rows = try Row.fetchCursor(
            db, sql: "SELECT block, item FROM claim WHERE lookup = ?", arguments: [ClaimRow.lookup(key)])
        while let row = try rows.next() { places.insert(EvidencePlace(block: row[0], item: row[1])) }
        var all: [Digest256: [UInt8]] = [:]
        // Named by what it is, not by what the row says it is.
        for bytes in try EvidenceReader(db: db).evidence(at: places) { all[sha256(bytes)] = bytes }
        return all
    }

    func keysOfOwnBuilds() throws -> [LookupKey] {
        var names = NameReader(db)
        var keys: Set<LookupKey> = []
        let rows = try Row.fetchCursor(db, sql: "SELECT claim FROM claim WHERE ownBuild = 1")
        while let row = try rows.next() {
            if let claim = try claim(Array(row[0] as Data), &names) { keys.insert(LookupKey(claim.subject)) }
        }
        return keys.sorted { $0.text < $1.text }
    }

    func history(of subject: Subject, limit: Int) throws -> [VerdictRecord] {
        try Row.fetchAll(
            db,
            sql: "SELECT policy, word, outcome, decidedAt FROM verdict WHERE subject = ? ORDER BY id DESC LIMIT ?",
            arguments: [subject.description, limit]
        ).reversed().map { try verdict(subject, $0[0], $0[1], $0[2], $0[3]) }
    }

    /// A row that cannot be read is as good as none: that builder's claims are looked for again from the start.
    func positions(inLog log: KeyIdentity) throws -> [KeyIdentity: UInt64] {
        let rows = try Row.fetchAll(
            db, sql: "SELECT builder, next FROM logPosition WHERE log = ?", arguments: [log.description])
        var positions: [KeyIdentity: UInt64] = [:]
        for row in rows {
            let text: String = row[0]
            guard text.hasPrefix("ed25519:"), let bytes = Digest256(hex: text.dropFirst(8))?.bytes,
                let builder = KeyIdentity(algorithm: .ed25519, bytes: bytes),
                let next = UInt64(exactly: row[1] as Int64)
            else { continue }
            positions[builder] = next
        }
        return positions
    }

    func counts() throws -> LedgerCounts {
        LedgerCounts(
            claims: try Int.fetchOne(db, sql: "SELECT count(*) FROM claim") ?? 0,
            subjects: try Int.fetchOne(db, sql: "SELECT count(DISTINCT lookup) FROM claim") ?? 0,
            verdicts: try Int.fetchOne(db, sql: "SELECT count(*) FROM verdict") ?? 0)
    }

    private func verdict(
        _ subject: Subject, _ policy: Data, _ word: String, _ outcome: Data?, _ decidedAt: Int64
    ) throws -> VerdictRecord {
        guard let digest = Digest256(Array(policy)) else {
            throw LedgerError(.corrupt, "ledger: a policy's digest is not of 32 bytes")
        }
        return VerdictRecord(
            subject: subject, policy: digest, word: word,
            outcome: try outcome.map { try ClaimCoding.decodeOutcome(Array($0)) },
            decidedAt: Timestamp(secondsSince1970: decidedAt))
    }
}

extension [UInt8] {
    /// As GRDB takes blobs.
    var blob: Data { Data(self) }
}
