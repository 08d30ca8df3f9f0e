package import TransparencyLog

/// A witness of somebody else (c2sp.org/tlog-witness), asked over HTTP.
package struct WitnessClient: CheckpointCosigner {
    /// The key that it cosigns with, as its operator told it.
    package let key: NoteKey

    private let submission: LogPoster
    private let monitoring: LogPoster

    /// - Parameters:
    ///   - submission: The prefix of its `add-checkpoint`.
    ///   - monitoring: The prefix of its checkpoints; the same when nil.
    ///   - limits: How long one answer may take.
    /// - Throws: ``SourceTrouble`` for what is no address.
    package init(
        key: NoteKey, submission: String, monitoring: String? = nil, resources: HTTPResources,
        limits: HTTPLimits = HTTPLimits()
    ) throws(SourceTrouble) {
        self.key = key
        self.submission = try LogPoster(submission, resources: resources, answerTime: limits.answerTime)
        self.monitoring = try LogPoster(monitoring ?? submission, resources: resources, answerTime: limits.answerTime)
    }

    /// The newest checkpoint of a log that the witness has cosigned; nil when there is none.
    /// - Throws: ``SourceTrouble`` when it cannot be said.
    package func newest(origin: String) async throws -> SignedNote? {
        try await monitoring.newestCheckpoint(origin: origin)
    }

    /// Asks for a cosignature.
    /// - Throws: ``SourceTrouble`` when the witness refuses or does not answer.
    package func cosign(_ request: CosignRequest) async throws -> CosignAnswer {
        let body = AddCheckpointRequest(
            oldSize: request.oldSize, proof: request.proof, note: request.checkpoint.note)
        switch try await submission.addCheckpoint(body.bytes) {
        case .accepted(let lines): return .cosigned(try NoteSignature.lines(parsing: lines))
        case .conflict(let size): return .conflict(size: size)
        case .malformed(let why), .forbidden(let why), .unprocessable(let why):
            throw SourceTrouble(.status, "\(key.name): \(why)")
        case .unknownLog:
            throw SourceTrouble(.status, "\(key.name): does not know the log \(request.checkpoint.origin)")
        case .tooMany(let seconds):
            throw SourceTrouble(.backingOff, "\(key.name): asks to wait for \(seconds) s")
        }
    }
}

extension LogPoster {
    /// The checkpoint that a witness or a mirror has for a log; nil for 404.
    func newestCheckpoint(origin: String) async throws -> SignedNote? {
        let path = "\(Checkpoint.pathName(ofOrigin: origin))/checkpoint"
        let answer = try await get(path)
        switch answer.status {
        case 200: return try SignedNote(parsing: answer.body)
        case 404: return nil
        default: throw SourceTrouble(.status, "\(address)\(path): \(answer.words)")
        }
    }

    /// Sends an `add-checkpoint` request.
    func addCheckpoint(_ body: [UInt8]) async throws -> AddCheckpointAnswer {
        let answer = try await post("add-checkpoint", body)
        switch answer.status {
        case 200: return .accepted(lines: answer.body)
        case 400: return .malformed(answer.words)
        case 403: return .forbidden(answer.words)
        case 404: return .unknownLog
        case 409:
            guard answer.type == AddCheckpointAnswer.sizeType, answer.body.last == UInt8(ascii: "\n"),
                let size = StrictText.decimal(answer.body.dropLast())
            else {
                // Some witnesses say 409 where two trees have one size; there is no size in it then.
                return .unprocessable(answer.words)
            }
            return .conflict(size: size)
        case 422: return .unprocessable(answer.words)
        case 429: return .tooMany(retryAfter: answer.retryAfter ?? 1)
        default: throw SourceTrouble(.status, "\(address)add-checkpoint: \(answer.words)")
        }
    }
}
