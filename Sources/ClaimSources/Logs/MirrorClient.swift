internal import NIOCore
package import TransparencyLog

/// A mirror of somebody else (c2sp.org/tlog-mirror), reached over HTTP.
package struct MirrorClient: MirrorDestination {
    /// The key that it cosigns with, as its operator told it.
    package let key: NoteKey

    private let submission: LogPoster
    private let monitoring: LogPoster

    /// How long an `add-entries` request may take: some MB on a slow line, and the mirror's disk.
    private static let uploadTime = TimeAmount.seconds(120)

    /// - Parameters:
    ///   - submission: The prefix of its `add-checkpoint` and `add-entries`.
    ///   - monitoring: The prefix of its copies; the same when nil.
    /// - Throws: ``SourceTrouble`` for what is no address.
    package init(
        key: NoteKey, submission: String, monitoring: String? = nil, resources: HTTPResources,
        limits: HTTPLimits = HTTPLimits()
    ) throws(SourceTrouble) {
        self.key = key
        self.submission = try LogPoster(submission, resources: resources, answerTime: limits.answerTime)
        self.monitoring = try LogPoster(monitoring ?? submission, resources: resources, answerTime: limits.answerTime)
    }

    package func newest(origin: String) async throws -> SignedNote? {
        try await monitoring.newestCheckpoint(origin: origin)
    }

    package func addCheckpoint(_ body: [UInt8]) async throws -> AddCheckpointAnswer {
        try await submission.addCheckpoint(body)
    }

    package func addEntries(_ body: [UInt8]) async throws -> AddEntriesAnswer {
        let answer = try await submission.post("add-entries", body, time: Self.uploadTime)
        switch answer.status {
        case 200: return .cosigned(lines: answer.body)
        case 202: return .accepted(try MirrorInfo(parsing: answer.body))
        case 400: return .malformed(answer.words)
        case 404: return .unknownLog
        case 409: return .conflict(try MirrorInfo(parsing: answer.body))
        case 422: return .unprocessable(answer.words)
        default: throw SourceTrouble(.status, "\(submission.address)add-entries: \(answer.words)")
        }
    }
}
