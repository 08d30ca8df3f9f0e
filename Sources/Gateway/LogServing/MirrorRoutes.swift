internal import Compression
internal import HTTPTypes
internal import HummingbirdCore
internal import TransparencyLog

/// `/mirror`: submission and monitoring prefix of c2sp.org/tlog-mirror.
struct MirrorRoutes: Sendable {
    private let mirror: LogMirror
    private let limits: LogServerLimits
    private let checkpoints: RequestGate
    private let uploads: RequestGate

    init(mirror: LogMirror, limits: LogServerLimits) {
        self.mirror = mirror
        self.limits = limits
        checkpoints = RequestGate(limits.checkpointRequests)
        uploads = RequestGate(limits.uploads)
    }

    func get(_ path: [Substring]) async throws -> Response? {
        guard path.count >= 2, LogHash(hex: String(path[0])) != nil else { return nil }
        if path.count == 2, path[1] == "checkpoint" {
            let (mirror, name) = (mirror, String(path[0]))
            let note = try await LogThread.run { () throws(TransparencyLogError) in
                try mirror.checkpoint(pathName: name)
            }
            return note.map { LogAnswers.fresh($0) }
        }
        return try await LogTiles.response(Array(path.dropFirst()), in: "\(mirror.directory)/\(path[0])")
    }

    func post(_ path: [Substring], coding: String?, _ body: BodyReader) async throws -> Response? {
        switch path {
        case ["add-checkpoint"]:
            let bytes = try await body.whole(limit: AddCheckpointRequest.maximumByteCount)
            return try await checkpoints.enter {
                let mirror = mirror
                let answer = try await LogThread.run { () throws(TransparencyLogError) in
                    try mirror.addCheckpoint(bytes, now: unixTime())
                }
                return LogAnswers.response(to: answer)
            } ?? LogAnswers.busy
        case ["add-entries"]:
            guard coding == nil || coding == "identity" || coding == "gzip" else {
                var response = LogAnswers.words(.unsupportedMediaType, "send it as it is, or with gzip")
                response.headers[.acceptEncoding] = "gzip"
                return response
            }
            return try await uploads.enter {
                LogAnswers.response(to: try await addEntries(body, isCompressed: coding == "gzip"))
            } ?? LogAnswers.busy
        default: return nil
        }
    }

    private func addEntries(_ body: BodyReader, isCompressed: Bool) async throws -> AddEntriesAnswer {
        let upload = try UploadInProgress(mirror.upload(), isCompressed: isCompressed, limit: limits.uploadBytes)
        let end = ContinuousClock.now + limits.uploadTime
        do {
            try await body.pieces { piece in
                let wantsMore = try await LogThread.run { try upload.push(piece) }
                return wantsMore && ContinuousClock.now < end
            }
        } catch BodyReader.Refusal.cut {
            // What came whole is kept, and the client told if it is still there.
        }
        return try await LogThread.run { try upload.finish(now: unixTime()) }
    }
}

/// An upload that goes from thread to thread, one piece after the other: the one task that reads the body waits for
/// each.
private final class UploadInProgress: @unchecked Sendable {
    private let upload: MirrorUpload
    private let decompressor: Decompressor?
    private let limit: Int
    private var count = 0

    init(_ upload: MirrorUpload, isCompressed: Bool, limit: Int) throws {
        self.upload = upload
        self.limit = limit
        var limits = DecompressionLimits(outputBytes: UInt64(limit))
        limits.streams = 1
        decompressor = isCompressed ? try Decompressor(.gzip, limits: limits) : nil
    }

    /// - Returns: Whether more is wanted.
    func push(_ piece: [UInt8]) throws -> Bool {
        guard let decompressor else { return try take(piece) }
        var wantsMore = true
        do {
            try decompressor.push(piece) { bytes in
                if wantsMore { wantsMore = try take(Array(bytes)) }
            }
        } catch is CompressionError {
            // As a body that was cut: what came before it counts.
            return false
        }
        return wantsMore
    }

    func finish(now: UInt64) throws -> AddEntriesAnswer { try upload.finish(now: now) }

    private func take(_ bytes: [UInt8]) throws -> Bool {
        count += bytes.count
        return count <= limit ? try upload.push(bytes) : false
    }
}
