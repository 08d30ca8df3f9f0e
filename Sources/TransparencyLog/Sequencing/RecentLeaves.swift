internal import Synchronization

/// The newest entries' hashes: those that are not yet both in a full tile on the disk and in the index.
///
/// Together with the index it answers whether an entry is in the log already. It holds no more than the backlog of the
/// sequencer and the entries of one tile.
final class RecentLeaves: Sendable {
    private struct State {
        var indices: [LogHash: UInt64] = [:]
        /// In the order of the log; those before `gone` are not needed any more.
        var order: [LogHash] = []
        var gone = 0
        var first: UInt64
    }

    // Written by the journal's thread and the index's; read by whoever looks up.
    private let state: Mutex<State>

    /// - Parameter first: The index of the first that will be added.
    init(first: UInt64) {
        state = Mutex(State(first: first))
    }

    func add(_ leaves: [LogHash]) {
        state.withLock { state in
            for leaf in leaves {
                state.indices[leaf] = state.first + UInt64(state.order.count)
                state.order.append(leaf)
            }
        }
    }

    func find(_ leaf: LogHash) -> UInt64? { state.withLock { $0.indices[leaf] } }

    /// Forgets what is below `size`.
    func forget(below size: UInt64) {
        state.withLock { state in
            let end = min(state.order.count, Int(max(size, state.first) - state.first))
            for position in state.gone..<max(state.gone, end) {
                let index = state.first + UInt64(position)
                let leaf = state.order[position]
                // An entry that is there twice, from before the index knew it, has the newer index here.
                if state.indices[leaf] == index { state.indices[leaf] = nil }
            }
            state.gone = max(state.gone, end)
            if state.gone > 4096 && state.gone > state.order.count / 2 {
                state.order.removeFirst(state.gone)
                state.first += UInt64(state.gone)
                state.gone = 0
            }
        }
    }
}
