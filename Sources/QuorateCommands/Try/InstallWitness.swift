import Synchronization

/// Keeps what a client's log told, while the log is being read on whatever thread.
final class InstallWitness: Sendable {
    struct Summary {
        var copiedFrom: [String: String] = [:]
        var built: [String] = []
    }

    /// Protects the whole summary.
    private let state = Mutex(Summary())

    func note(_ event: NixLogEvent) {
        state.withLock { summary in
            switch event {
            case .copying(let path, let source, _): summary.copiedFrom[path] = source
            case .building(let derivation):
                if !summary.built.contains(derivation) { summary.built.append(derivation) }
            default: break
            }
        }
    }

    func summary() -> Summary { state.withLock { $0 } }
}
