/// Batches that are durable, on their way into tiles and into the index.
struct Backlog {
    /// For the thread that writes tiles.
    var batches: [EntryBatch] = []
    /// For the thread that fills the index.
    var unindexed: [EntryBatch] = []
    /// Work that needs the thread that writes tiles.
    var jobs: [@Sendable (Integrator) -> Void] = []
    /// Bytes of ``batches`` and ``unindexed``, those in work included.
    var byteCount = 0
    /// Entries in full tiles and bundles that are durable: a multiple of 256.
    var integrated: UInt64
    /// Entries that are in the index.
    var indexed: UInt64
    /// Whether the log is being closed: nobody waits for tiles any more.
    var isClosing = false
    /// Whether no batch comes any more.
    var isEnding = false
    /// Whether the thread that writes tiles has ended.
    var isIntegrated = false

    mutating func add(_ batch: EntryBatch) {
        batches.append(batch)
        unindexed.append(batch)
        byteCount += 2 * batch.memory
    }
}
