internal import Synchronization

/// Says of most hashes that were never added that they were not: 8 bits for each slot of a table, in memory.
///
/// An entry that is new, as nearly all are, costs no look at the disk then, however large the log has grown. At three
/// quarters full about one hash in twenty that was not added passes.
final class HashFilter: @unchecked Sendable {
    // Made here and given back at the end; all access is atomic, so that one thread can add while others ask.
    private let words: UnsafeMutablePointer<Atomic<UInt64>>
    private let wordCount: Int

    /// Tables with more slots have no filter: its 16 MiB are what memory is spent on this.
    static let maximumSlotCount: UInt64 = 1 << 24

    /// Nil for a table that is too large for one.
    init?(slotCount: UInt64) {
        guard slotCount <= Self.maximumSlotCount else { return nil }
        wordCount = Int(slotCount / 8)
        words = .allocate(capacity: wordCount)
        for index in 0..<wordCount { (words + index).initialize(to: Atomic(0)) }
    }

    deinit {
        words.deinitialize(count: wordCount)
        words.deallocate()
    }

    /// What a slot keeps of a hash is all that places its bits, so that the filter can be made again from slots.
    func add(_ mark: UInt64) {
        let (word, bits) = place(mark)
        words[word].bitwiseOr(bits, ordering: .relaxed)
    }

    /// False when it was never added.
    func mayHave(_ mark: UInt64) -> Bool {
        let (word, bits) = place(mark)
        return words[word].load(ordering: .relaxed) & bits == bits
    }

    private func place(_ mark: UInt64) -> (word: Int, bits: UInt64) {
        let bits =
            1 << (mark & 63) | 1 << (mark >> 6 & 63) | 1 << (mark >> 12 & 63) | (1 as UInt64) << (mark >> 18 & 63)
        return (Int((mark >> 24) % UInt64(wordCount)), bits)
    }
}
