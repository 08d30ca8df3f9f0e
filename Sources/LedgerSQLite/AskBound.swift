internal import GRDB
internal import Synchronization

/// Keeps the answers that brought no claim from growing without bound: the oldest go.
///
/// Whoever may ask a gateway can ask it for hashes by chance, and each leaves an answer of each cache. Such an answer is
/// worth little: without it the cache is asked again. Claims are signed by a key of the policy, and all of them stay.
final class AskBound: Sendable {
    /// Rows kept, about 30 MB: ten thousands of installed paths at several caches that do not have them.
    static let standardRows = 250_000

    private let rows: Int
    /// How many rows may be added before they are counted again, so that most commits count nothing.
    private let interval: Int
    /// Rows added since they were counted. A program that was just started does not know what it found, and counts.
    private let added: Atomic<Int>

    init(rows: Int = AskBound.standardRows) {
        self.rows = rows
        interval = max(1, rows / 10)
        added = Atomic(interval)
    }

    /// Deletes what is too much, in the transaction that recorded `count` more.
    func hold(in db: Database, recording count: Int) throws {
        guard count > 0, added.add(count, ordering: .relaxed).newValue > interval else { return }
        added.store(0, ordering: .relaxed)
        let found = try Int.fetchOne(db, sql: "SELECT count(*) FROM ask") ?? 0
        guard found > rows else { return }
        // Down to a tenth below, so that the next commits do not sort all rows again for a few.
        try db.execute(
            sql: """
                DELETE FROM ask WHERE (lookup, source) IN (SELECT lookup, source FROM ask ORDER BY askedAt LIMIT ?)
                """,
            arguments: [found - (rows - interval)])
    }
}
