internal import Synchronization

/// Lets a log ask a mirror as it asks a witness: the entries are uploaded on the way.
///
/// Whoever asks waits as long as it likes, and no longer. An upload that takes longer than that goes on, so that a
/// mirror which is far behind catches up, and its signature comes with a later checkpoint.
package final class MirrorCosigner: CheckpointCosigner {
    private let uploader: MirrorUploader
    private let destination: any MirrorDestination
    private let state = Mutex(State())

    private struct State {
        /// The upload that is going on, if any; not a child of the task that asked for it.
        var upload: Task<Void, Never>?
        /// Who waits for it.
        var waiting: [AsyncStream<Result<[NoteSignature], any Error>>.Continuation] = []
        var isStopped = false
    }

    /// - Parameter source: The log's own tiles.
    package init(source: any TileSource, destination: any MirrorDestination) {
        uploader = MirrorUploader(source: source, destination: destination)
        self.destination = destination
    }

    deinit { stop() }

    package var key: NoteKey { destination.key }

    package func newest(origin: String) async throws -> SignedNote? { try await destination.newest(origin: origin) }

    /// Uploads what the mirror lacks, and asks for its signature.
    ///
    /// - Throws: ``TransparencyLogError`` `.submission` while an upload for an earlier checkpoint goes on, and what
    ///   ``MirrorUploader/bring(_:)`` throws.
    package func cosign(_ request: CosignRequest) async throws -> CosignAnswer {
        let (answers, continuation) = AsyncStream<Result<[NoteSignature], any Error>>.makeStream()
        let isStarted = state.withLock { state in
            guard !state.isStopped, state.upload == nil else { return false }
            state.waiting = [continuation]
            state.upload = Task { [weak self, uploader] in
                let result: Result<[NoteSignature], any Error>
                do { result = .success(try await uploader.bring(request.checkpoint)) } catch {
                    result = .failure(error)
                }
                self?.finish(result)
            }
            return true
        }
        guard isStarted else {
            throw TransparencyLogError(.submission, "\(key.name): entries are still being uploaded")
        }
        // Ends early when the asking task is cancelled; the upload does not.
        for await answer in answers { return .cosigned(try answer.get()) }
        throw CancellationError()
    }

    /// Ends what is being uploaded. Has to be called, or the value dropped, before what the destination stands on goes.
    package func stop() {
        state.withLock { state in
            state.isStopped = true
            state.upload?.cancel()
            for continuation in state.waiting { continuation.finish() }
            state.waiting = []
        }
    }

    private func finish(_ result: Result<[NoteSignature], any Error>) {
        state.withLock { state in
            state.upload = nil
            for continuation in state.waiting {
                continuation.yield(result)
                continuation.finish()
            }
            state.waiting = []
        }
    }
}
