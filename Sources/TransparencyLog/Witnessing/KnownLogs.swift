/// The logs whose checkpoints a witness or a mirror takes, and the keys that sign for each.
package struct KnownLogs: Equatable, Sendable {
    private var keysByOrigin: [String: [NoteKey]] = [:]

    /// No log.
    package init() {}

    /// Logs whose origin is their key's name, as tlog-checkpoint recommends.
    package init(_ keys: [NoteKey]) {
        for key in keys { add(key) }
    }

    /// Takes checkpoints of `origin` (by default the key's name) that `key` signed, beside those of its other keys.
    ///
    /// A key of another type than Ed25519 (01) signs no checkpoints and is not taken.
    package mutating func add(_ key: NoteKey, origin: String? = nil) {
        guard key.kind == .ed25519 else { return }
        let origin = origin ?? key.name
        guard keysByOrigin[origin]?.contains(key) != true else { return }
        keysByOrigin[origin, default: []].append(key)
    }

    /// The keys of a log; none for a log that is not known.
    package func keys(of origin: String) -> [NoteKey] { keysByOrigin[origin] ?? [] }

    /// The origins of all known logs, sorted.
    package var origins: [String] { keysByOrigin.keys.sorted() }
}
