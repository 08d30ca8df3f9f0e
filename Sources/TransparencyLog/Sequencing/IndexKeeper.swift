/// Fills the indices behind the journal, on a thread of its own: nothing waits for it but memory.
///
/// Used by one thread.
final class IndexKeeper {
    private let leaves: LeafLookup
    private let keys: HashIndex?
    private let keysOf: @Sendable ([UInt8]) -> [LogHash]
    private let backlog: Monitor<Backlog>
    private var covered: UInt64
    private var failed: Bool

    /// After so many entries what is in the index is made durable; a crash costs reading as many again.
    private static let coverEvery: UInt64 = 1 << 20

    /// - Parameters:
    ///   - size: How many entries the log has.
    ///   - isBehind: Whether the index lacks some of them; then it is left as it is.
    init(
        leaves: LeafLookup, keys: HashIndex?, keysOf: @escaping @Sendable ([UInt8]) -> [LogHash],
        backlog: Monitor<Backlog>, size: UInt64, isBehind: Bool
    ) {
        self.leaves = leaves
        self.keys = keys
        self.keysOf = keysOf
        self.backlog = backlog
        covered = size
        failed = isBehind
    }

    /// Works until no batch comes any more.
    func run() {
        var position = covered
        while let batches = next() {
            for batch in batches {
                add(batch)
                position = batch.size
                let forgotten = backlog.signal { backlog in
                    backlog.byteCount -= batch.memory
                    backlog.indexed = batch.size
                    return min(backlog.indexed, backlog.integrated)
                }
                leaves.recent.forget(below: forgotten)
            }
            if position - covered >= Self.coverEvery { cover(position) }
        }
        cover(position)
    }

    private func next() -> [EntryBatch]? {
        let batches = backlog.wait { backlog -> [EntryBatch]?? in
            if !backlog.unindexed.isEmpty {
                defer { backlog.unindexed = [] }
                return .some(backlog.unindexed)
            }
            return backlog.isEnding ? .some(nil) : nil
        }
        return batches
    }

    // An index that cannot be written says no longer that it has everything, and is filled up at the next start.
    private func add(_ batch: EntryBatch) {
        guard !failed else { return }
        do throws(TransparencyLogError) {
            for (position, leaf) in batch.leaves.enumerated() {
                try leaves.index.insert(leaf, batch.first + UInt64(position))
            }
            guard let keys else { return }
            for position in 0..<batch.count {
                for key in keysOf(batch.entry(position)) { try keys.insert(key, batch.first + UInt64(position)) }
            }
        } catch {
            failed = true
        }
    }

    private func cover(_ size: UInt64) {
        guard !failed, (try? leaves.index.cover(size)) != nil, (try? keys?.cover(size)) != nil else { return }
        covered = size
    }
}
