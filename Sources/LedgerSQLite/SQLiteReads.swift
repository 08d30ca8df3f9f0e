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
        let claims = try db.cachedStatement(
            sql: "SELECT claim, firstSeen, lastSeen, seal, contentAddressed FROM claim WHERE lookup = ?")
        let asks = try db.cachedStatement(sql: "SELECT source, askedAt, answer, reason FROM ask WHERE lookup = ?")
        for key in keys where all[key] == nil {
            var contents = LedgerContents()
            let claimRows = try Row.fetchCursor(claims, arguments: [key.text])
            while let row = try claimRows.next() {
                guard let claim = try? ClaimCoding.decode(Array(row[0] as Data)) else {
                    contents.hasDamage = true
                    damaged.note(key)
                    continue
                }
                contents.claims.append(
                    ClaimRecord(
                        claim: claim, firstSeen: Timestamp(secondsSince1970: row[1]),
                        lastSeen: Timestamp(secondsSince1970: row[2]), seal: (row[3] as Data?).map(Array.init),
                        hasContentAddress: row[4]))
            }
            let askRows = try Row.fetchCursor(asks, arguments: [key.text])
            while let row = try askRows.next() {
                guard let answer = AskRow.answer(row[2], row[3]) else {
                    contents.hasDamage = true
                    damaged.note(key)
                    continue
                }
                contents.asks.append(
                    Ask(key: key, source: row[0], at: Timestamp(secondsSince1970: row[1]), answer: answer))
            }
            if !contents.claims.isEmpty || !contents.asks.isEmpty || contents.hasDamage { all[key] = contents }
        }
        return (all, damaged)
    }

    func evidence(at key: LookupKey) throws -> [Digest256: [UInt8]] {
        var all: [Digest256: [UInt8]] = [:]
        let rows = try Row.fetchCursor(db, sql: "SELECT evidence FROM claim WHERE lookup = ?", arguments: [key.text])
        while let row = try rows.next() {
            let bytes = Array(row[0] as Data)
            // Named by what it is, not by what the row says it is.
            all[sha256(bytes)] = bytes
        }
        return all
    }

    func keys(ofEvidence prefix: String) throws -> [LookupKey] {
        let bytes = Data(prefix.utf8)
        return try String.fetchAll(
            db, sql: "SELECT DISTINCT lookup FROM claim WHERE substr(evidence, 1, ?) = ? ORDER BY lookup",
            arguments: [bytes.count, bytes]
        ).map { LookupKey($0) }
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
