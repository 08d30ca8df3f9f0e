/// What a mirror answers to `add-entries` (c2sp.org/tlog-mirror), in the protocol's words.
package enum AddEntriesAnswer: Hashable, Sendable {
    /// 200: everything is stored and served; the mirror's cosignature lines over the checkpoint.
    case cosigned(lines: [UInt8])
    /// 202: what came is stored, and there is more to send.
    case accepted(MirrorInfo)
    /// 409: not from there, or not up to there.
    case conflict(MirrorInfo)
    /// 400: not the protocol, or nothing of use.
    case malformed(String)
    /// 404: not a log that is mirrored here.
    case unknownLog
    /// 422: entries that are not the log's, or no pending checkpoint to compare them with.
    case unprocessable(String)
}
