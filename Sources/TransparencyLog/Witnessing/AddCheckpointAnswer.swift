/// What a witness or a mirror answers to `add-checkpoint` (c2sp.org/tlog-witness), in the protocol's words.
package enum AddCheckpointAnswer: Hashable, Sendable {
    /// 200: accepted and durable. A witness's cosignature lines; none of a mirror, which signs when it has the entries.
    case accepted(lines: [UInt8])
    /// 400: not the protocol, or a proof that starts above the checkpoint.
    case malformed(String)
    /// 403: no signature of a key that is trusted for the log, or one that is wrong.
    case forbidden(String)
    /// 404: not a log that is known here.
    case unknownLog
    /// 409: the proof does not start at the size that was accepted last, which is this.
    case conflict(size: UInt64)
    /// 422: the proof is wrong, or the tree is another one of the same size.
    case unprocessable(String)
    /// 429: the log grows too often; ask again after these seconds.
    case tooMany(retryAfter: UInt64)

    /// The media type of the body of a 409.
    package static let sizeType = "text/x.tlog.size"
}
