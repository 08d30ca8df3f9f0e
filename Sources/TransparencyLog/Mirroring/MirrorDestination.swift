/// A mirror that entries are uploaded to, wherever it runs.
package protocol MirrorDestination: Sendable {
    /// The key that the mirror cosigns with.
    var key: NoteKey { get }
    /// The newest checkpoint that the mirror cosigned; nil when there was none yet.
    func newest(origin: String) async throws -> SignedNote?
    /// Sends an `add-checkpoint` request.
    func addCheckpoint(_ body: [UInt8]) async throws -> AddCheckpointAnswer
    /// Sends an `add-entries` request.
    func addEntries(_ body: [UInt8]) async throws -> AddEntriesAnswer
}

/// A mirror of this process: how a copy is made by fetching, without a server.
package struct LocalMirror: MirrorDestination {
    private let mirror: LogMirror
    private let clock: @Sendable () -> UInt64

    /// - Parameter clock: Gives seconds since 1970.
    package init(_ mirror: LogMirror, clock: @escaping @Sendable () -> UInt64) {
        self.mirror = mirror
        self.clock = clock
    }

    package var key: NoteKey { mirror.key }

    package func newest(origin: String) async throws -> SignedNote? {
        let mirror = mirror
        return try await LogThread.run { try mirror.folder(origin: origin).checkpoint()?.note }
    }

    package func addCheckpoint(_ body: [UInt8]) async throws -> AddCheckpointAnswer {
        let (mirror, clock) = (mirror, clock)
        return try await LogThread.run { try mirror.addCheckpoint(body, now: clock()) }
    }

    package func addEntries(_ body: [UInt8]) async throws -> AddEntriesAnswer {
        let (mirror, clock) = (mirror, clock)
        return try await LogThread.run {
            let upload = mirror.upload()
            _ = try upload.push(body)
            return try upload.finish(now: clock())
        }
    }
}
