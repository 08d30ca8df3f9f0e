internal import Ledger
internal import Synchronization

/// Rows met in one reading that hold what this program did not write.
struct DamagedRows: Sendable {
    private var count = 0
    private var first: LookupKey?

    mutating func note(_ key: LookupKey) {
        count += 1
        if first == nil { first = key }
    }

    /// In one line; nil when there are none.
    func words(place: String) -> String? {
        guard let first else { return nil }
        let rows = count == 1 ? "a row holds" : "\(count) rows hold"
        return "\(place): \(rows) what cannot be read, the first about \(first); passed over and asked for again"
    }
}

/// Tells once that there are damaged rows: a program that runs for weeks meets the same ones again and again.
final class DamageNotice: Sendable {
    private let isTold = Atomic(false)
    private let tell: @Sendable (String) -> Void

    init(_ tell: @escaping @Sendable (String) -> Void) { self.tell = tell }

    func note(_ rows: DamagedRows, place: String) {
        guard let words = rows.words(place: place) else { return }
        if !isTold.exchange(true, ordering: .relaxed) { tell(words) }
    }
}
