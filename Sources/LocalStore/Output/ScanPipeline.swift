internal import Glibc
internal import StoreFormats

/// Threads that make the stretches of a NAR, and one that takes them in order and hashes them.
///
/// Hashing is the part that cannot be shared out; so everything else, walking, settling, reading and looking for
/// references, is done by whoever is free, also by the hashing thread when it would have to wait. A tree of one unit is
/// done by that thread alone.
// `state` is touched under `signal` only, `reader` under `readerLock` only; the rest does not change.
final class ScanPipeline: @unchecked Sendable {
    private let reader: TreeReader
    private let readerLock = Signal()
    private let renderer: UnitRenderer
    private let hunt: ReferenceHunt?
    private let threads: Int
    /// Units that may be under way at a time: bounds memory.
    private let slotCount: Int
    private let signal = Signal()
    private var state = State()

    private struct State {
        var slots: [Int: UnitBuffer] = [:]
        var idle: [UnitBuffer] = []
        /// Units under way or waiting to be hashed.
        var active = 0
        /// The number that the next unit gets.
        var claimed = 0
        /// How many units there are, once that is known.
        var total: Int?
        var failure: LocalStoreError?
        var found: Set<StorePath> = []
    }

    init(reader: TreeReader, hunt: ReferenceHunt?, threads: Int) {
        self.reader = reader
        self.hunt = hunt
        self.threads = threads
        slotCount = 2 * threads + 2
        renderer = UnitRenderer(root: reader.root, settler: reader.settler)
    }

    func run() throws(LocalStoreError) -> OutputScan.Result {
        var hasher = NarHasher()
        var border = hunt.map(BorderHunt.init)
        var own = hunt
        var workers: [pthread_t] = []
        var next = 0
        while let buffer = take(next, &own) {
            hasher.update(buffer.bytes)
            border?.pass(buffer.bytes)
            next += 1
            let isMore = giveBack(buffer)
            if next == 1, isMore { workers = startWorkers() }
        }
        for worker in workers { pthread_join(worker, nil) }
        let (failure, found) = signal.locked { (state.failure, state.found) }
        if let failure { throw failure }
        let references = found.union(border?.found ?? []).union(own?.found ?? [])
        return OutputScan.Result(
            digest: hasher.digest(), references: references.sorted(), entries: reader.entryCount)
    }

    // MARK: The hashing thread

    /// Waits for a unit, and makes others meanwhile; nil behind the last, and after a failure.
    private func take(_ number: Int, _ hunt: inout ReferenceHunt?) -> UnitBuffer? {
        while true {
            enum Step {
                case taken(UnitBuffer)
                case end
                case work
            }
            let step = signal.locked { () -> Step in
                while true {
                    if state.failure != nil || state.total == number { return .end }
                    if let buffer = state.slots.removeValue(forKey: number) { return .taken(buffer) }
                    if state.total == nil, state.active < slotCount {
                        state.active += 1
                        return .work
                    }
                    signal.wait()
                }
            }
            switch step {
            case .taken(let buffer): return buffer
            case .end: return nil
            case .work: work(&hunt)
            }
        }
    }

    /// Whether there is more than was claimed.
    private func giveBack(_ buffer: UnitBuffer) -> Bool {
        signal.locked {
            state.idle.append(buffer)
            state.active -= 1
            signal.wakeAll()
            return state.total == nil
        }
    }

    // MARK: All threads

    private func startWorkers() -> [pthread_t] {
        (0..<threads).compactMap { _ in OffThread.joinable { [self] in runWorker() } }
    }

    private func runWorker() {
        var hunt = hunt
        while true {
            let mayWork = signal.locked { () -> Bool in
                while state.failure == nil, state.total == nil {
                    if state.active < slotCount {
                        state.active += 1
                        return true
                    }
                    signal.wait()
                }
                return false
            }
            guard mayWork else { break }
            work(&hunt)
        }
        let found = hunt?.found ?? []
        signal.locked { state.found.formUnion(found) }
    }

    /// Takes the next unit from the tree, makes its bytes and puts them up. One of `active` was counted for it.
    private func work(_ hunt: inout ReferenceHunt?) {
        do throws(LocalStoreError) {
            guard let (number, unit) = try claim() else { return }
            let buffer = signal.locked { state.idle.popLast() } ?? UnitBuffer()
            try renderer.render(unit, into: buffer)
            hunt?.look(through: buffer.bytes)
            signal.locked {
                state.slots[number] = buffer
                signal.wakeAll()
            }
        } catch {
            signal.locked {
                if state.failure == nil { state.failure = error }
                signal.wakeAll()
            }
        }
    }

    private func claim() throws(LocalStoreError) -> (Int, ScanUnit)? {
        try readerLock.locked { () throws(LocalStoreError) in
            let unit = try reader.next()
            return signal.locked {
                guard let unit else {
                    state.total = state.claimed
                    state.active -= 1
                    signal.wakeAll()
                    return nil
                }
                state.claimed += 1
                // Known at once, so that a tree of one unit starts no threads.
                if reader.isAtEnd {
                    state.total = state.claimed
                    signal.wakeAll()
                }
                return (state.claimed - 1, unit)
            }
        }
    }
}
