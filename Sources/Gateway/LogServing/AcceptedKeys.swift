internal import Synchronization
internal import TransparencyLog

/// The keys of entries that were accepted lately: what an entry names may be put beside it before a checkpoint covers
/// it.
final class AcceptedKeys: Sendable {
    /// Keys that are remembered at least: those of the entries that wait for a checkpoint, and far more.
    private static let limit = 65_536

    /// Two generations: the older one goes when the newer one is full.
    private let generations = Mutex<(new: Set<LogHash>, old: Set<LogHash>)>(([], []))

    func insert(_ keys: [LogHash]) {
        generations.withLock { generations in
            if generations.new.count >= Self.limit { generations = ([], generations.new) }
            generations.new.formUnion(keys)
        }
    }

    func contains(_ key: LogHash) -> Bool {
        generations.withLock { $0.new.contains(key) || $0.old.contains(key) }
    }
}
