internal import FoundationEssentials
internal import GRDB
internal import Ledger
internal import Quorum

/// The statements that write, inside one transaction.
struct SQLiteWrites {
    let db: Database
    let seal: ClaimSeal

    func record(_ batch: LedgerBatch) throws {
        try recordClaims(batch)
        try reseal(batch.resealed)
        try recordAsks(batch.asks)
        try recordVerdicts(batch.verdicts)
        try recordPositions(batch.positions)
    }

    private func recordClaims(_ batch: LedgerBatch) throws {
        guard !batch.claims.isEmpty else { return }
        // A claim that is known keeps its first row, seal and evidence; only the time of the last sight moves.
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO claim (lookup, identity, claim, firstSeen, lastSeen, seal, contentAddressed, evidence)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (lookup, identity) DO UPDATE SET lastSeen = max(lastSeen, excluded.lastSeen)
                """)
        let removal = try db.cachedStatement(sql: "DELETE FROM claim WHERE lookup = ? AND identity = ?")
        let rows = batch.claims.map { new in
            ClaimRow(
                new: new, lookup: LookupKey(new.claim.subject).text,
                identity: ClaimCoding.identity(of: new.claim).bytes, encoded: ClaimCoding.encode(new.claim))
        }
        // In the index's order: of thousands in a batch, neighbours then meet the same page of it.
        for index in rows.indices.sorted(by: { rows[$0].lookup < rows[$1].lookup }) {
            let row = rows[index]
            let time = row.new.claim.observedAt.secondsSince1970
            if row.new.replacesDamaged { try removal.execute(arguments: [row.lookup, row.identity.blob]) }
            try statement.execute(
                arguments: [
                    row.lookup, row.identity.blob, row.encoded.blob, time, time, seal.seal(encoded: row.encoded).blob,
                    row.new.hasContentAddress, row.new.evidence.blob,
                ])
        }
    }

    /// A claim with what its row is found by.
    private struct ClaimRow {
        let new: NewClaim
        let lookup: String
        let identity: [UInt8]
        let encoded: [UInt8]
    }

    private func reseal(_ claims: [Claim]) throws {
        guard !claims.isEmpty else { return }
        let statement = try db.cachedStatement(sql: "UPDATE claim SET seal = ? WHERE lookup = ? AND identity = ?")
        for claim in claims {
            try statement.execute(
                arguments: [
                    seal.seal(claim).blob, LookupKey(claim.subject).text, ClaimCoding.identity(of: claim).bytes.blob,
                ])
        }
    }

    private func recordAsks(_ asks: [Ask]) throws {
        guard !asks.isEmpty else { return }
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO ask (lookup, source, askedAt, answer, reason) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (lookup, source) DO UPDATE
                SET askedAt = excluded.askedAt, answer = excluded.answer, reason = excluded.reason
                WHERE excluded.askedAt >= askedAt OR ask.answer NOT IN (\(AskRow.words))
                """)
        for ask in asks {
            let row = AskRow(ask.answer)
            try statement.execute(
                arguments: [ask.key.text, ask.source, ask.at.secondsSince1970, row.answer, row.reason])
        }
    }

    private func recordPositions(_ positions: [LogPosition]) throws {
        guard !positions.isEmpty else { return }
        // The newest word counts, also a smaller one: then something is to be read again.
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO logPosition (log, builder, next) VALUES (?, ?, ?)
                ON CONFLICT (log, builder) DO UPDATE SET next = excluded.next
                """)
        for position in positions {
            try statement.execute(
                arguments: [position.log.description, position.builder.description, Int64(clamping: position.next)])
        }
    }

    private func recordVerdicts(_ verdicts: [VerdictRecord]) throws {
        guard !verdicts.isEmpty else { return }
        let newest = try db.cachedStatement(
            sql: "SELECT word, outcome FROM verdict WHERE subject = ? AND policy = ? ORDER BY id DESC LIMIT 1")
        let insert = try db.cachedStatement(
            sql: "INSERT INTO verdict (subject, policy, word, outcome, decidedAt) VALUES (?, ?, ?, ?, ?)")
        for verdict in verdicts {
            let subject = verdict.subject.description
            let policy = verdict.policy.bytes.blob
            let outcome = verdict.outcome.map { ClaimCoding.encode($0).blob }
            let known = try Row.fetchOne(newest, arguments: [subject, policy])
            if let known, known[0] == verdict.word, known[1] as Data? == outcome { continue }
            try insert.execute(
                arguments: [subject, policy, verdict.word, outcome, verdict.decidedAt.secondsSince1970])
        }
    }
}

/// How an ask's answer stands in its two columns.
struct AskRow {
    let answer: String
    let reason: String

    init(_ answer: Ask.Answer) {
        switch answer {
        case .absent: (self.answer, reason) = ("absent", "")
        case .trouble(let why): (self.answer, reason) = ("trouble", why)
        case .refused(let why): (self.answer, reason) = ("refused", why)
        }
    }

    /// The words of the first column as SQL lists them; a row with any other is damaged, and gives way.
    static let words = "'absent', 'trouble', 'refused'"

    /// The answer in these columns, or nil when they hold none.
    static func answer(_ answer: String, _ reason: String) -> Ask.Answer? {
        switch answer {
        case "absent": return .absent
        case "trouble": return .trouble(reason)
        case "refused": return .refused(reason)
        default: return nil
        }
    }
}
