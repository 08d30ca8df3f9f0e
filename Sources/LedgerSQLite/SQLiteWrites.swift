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
        let claims = batch.claims
        var rows = try ClaimRowWriter(db)
        var marker = ClaimMarker(seal: seal)
        // The claims of one attestation, or of one narinfo, stand together and share their evidence.
        var places = [EvidencePlace?](repeating: nil, count: claims.count)
        var owners: [Int] = []
        owners.reserveCapacity(claims.count)
        for index in claims.indices {
            let sharesEvidence = index > 0 && claims[index].claim.evidence == claims[index - 1].claim.evidence
            owners.append(sharesEvidence ? owners[index - 1] : index)
        }
        // In the index's order: of thousands in a batch, neighbours then meet the same page of it.
        let order = claims.indices.map { index in
            (lookup: ClaimRow.lookup(claims[index].claim.subject), index: index)
        }.sorted { $0.lookup < $1.lookup }
        for (lookup, index) in order {
            // Taken out once: each time counts all its parts up and down.
            let new = claims[index]
            let row = ClaimRow(lookup: lookup, marks: marker.marks(of: new.claim))
            let place = places[owners[index]]
            places[owners[index]] = try rows.record(row, new, at: place) ?? place
        }
        try rows.finish()
    }

    private func reseal(_ claims: [Claim]) throws {
        guard !claims.isEmpty else { return }
        let statement = try db.cachedStatement(sql: "UPDATE claim SET seal = ? WHERE lookup = ? AND identity = ?")
        var marker = ClaimMarker(seal: seal)
        for claim in claims {
            let row = ClaimRow(lookup: ClaimRow.lookup(claim.subject), marks: marker.marks(of: claim))
            try statement.execute(
                arguments: [row.marks.seal.bytes.blob, row.lookup, ClaimRow.short(row.marks.identity).blob])
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
        let newest = try BulkStatement(
            db, sql: "SELECT word, outcome FROM verdict WHERE subject = ? AND policy = ? ORDER BY id DESC LIMIT 1")
        let insert = try db.cachedStatement(
            sql: "INSERT INTO verdict (subject, policy, word, outcome, decidedAt) VALUES (?, ?, ?, ?, ?)")
        for verdict in verdicts {
            var subject = verdict.subject.description
            let outcome = verdict.outcome.map { ClaimCoding.encode($0) }
            let isKnown = try subject.withUTF8 { subject in
                try verdict.policy.withBytes { policy in
                    newest.bind(text: subject, at: 1)
                    newest.bind(policy, at: 2)
                    var isKnown = false
                    try newest.forEachRow { row in
                        isKnown = row.text(at: 0) == verdict.word && row.bytes(at: 1) == outcome
                    }
                    return isKnown
                }
            }
            guard !isKnown else { continue }
            try insert.execute(
                arguments: [
                    subject, verdict.policy.bytes.blob, verdict.word, outcome?.blob, verdict.decidedAt.secondsSince1970,
                ])
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
