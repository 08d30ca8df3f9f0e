internal import HummingbirdCore
internal import TransparencyLog

/// `/witness`: submission and monitoring prefix of c2sp.org/tlog-witness.
struct WitnessRoutes: Sendable {
    private let witness: Witness
    private let gate: RequestGate

    init(witness: Witness, limits: LogServerLimits) {
        self.witness = witness
        gate = RequestGate(limits.checkpointRequests)
    }

    func get(_ path: [Substring]) async throws -> Response? {
        guard path.count == 2, path[1] == "checkpoint" else { return nil }
        let (witness, name) = (witness, String(path[0]))
        let note = try await LogThread.run { () throws(TransparencyLogError) in
            try witness.checkpoint(pathName: name)
        }
        return note.map { LogAnswers.fresh($0) }
    }

    func post(_ path: [Substring], _ body: BodyReader) async throws -> Response? {
        guard path == ["add-checkpoint"] else { return nil }
        // Read before it counts, so that slow clients keep nobody out.
        let bytes = try await body.whole(limit: AddCheckpointRequest.maximumByteCount)
        return try await gate.enter {
            let witness = witness
            let answer = try await LogThread.run { () throws(TransparencyLogError) in
                try witness.addCheckpoint(bytes, now: unixTime())
            }
            return LogAnswers.response(to: answer)
        } ?? LogAnswers.busy
    }
}
