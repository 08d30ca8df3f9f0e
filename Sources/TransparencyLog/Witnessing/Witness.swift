internal import Synchronization

/// A witness (c2sp.org/tlog-witness): cosigns the checkpoints of the logs it knows, each only when it goes on from the
/// one before.
///
/// For each log there is one folder with one note, replaced durably under a lock between processes before anything is
/// answered; memory holds no state that could differ from it. All calls block, for a few milliseconds, on files.
package final class Witness: Sendable {
    /// The key that cosigns.
    package let key: NoteKey

    private let directory: String
    private let signer: NoteSigner
    private let logs: Mutex<KnownLogs>
    /// How often each known log may grow; by origin, so no more than there are logs.
    private let growth = Mutex<[String: TokenBucket]>([:])
    private let allowedGrowth: TokenBucket

    /// - Parameters:
    ///   - directory: Where the records are; made when it is not there.
    ///   - signer: Of kind ``NoteKey/Kind/cosignature``, used by no other witness or mirror.
    ///   - logs: Whose checkpoints are taken.
    /// - Throws: ``TransparencyLogError`` `.key` for another kind of key, `.records` when the folder cannot be made.
    package convenience init(
        directory: String, signer: NoteSigner, logs: KnownLogs
    ) throws(TransparencyLogError) {
        try self.init(directory: directory, signer: signer, logs: logs, allowedGrowth: .checkpoints)
    }

    init(
        directory: String, signer: NoteSigner, logs: KnownLogs, allowedGrowth: TokenBucket
    ) throws(TransparencyLogError) {
        guard signer.key.kind == .cosignature else {
            throw TransparencyLogError(.key, "\(signer.key.name): a witness's key has type 04 (cosignature), not 01")
        }
        key = signer.key
        self.directory = directory
        self.signer = signer
        self.logs = Mutex(logs)
        self.allowedGrowth = allowedGrowth
        try RecordFiles.makeFolder(directory)
    }

    /// Changes whose checkpoints are taken. What was cosigned stays remembered.
    package func setLogs(_ logs: KnownLogs) {
        self.logs.withLock { $0 = logs }
    }

    /// The origins of the logs whose checkpoints are taken.
    package var origins: [String] { logs.withLock(\.origins) }

    /// Answers an `add-checkpoint` request.
    ///
    /// - Parameters:
    ///   - body: What came, unverified.
    ///   - now: Seconds since 1970.
    /// - Throws: ``TransparencyLogError`` `.records` when the witness's own files fail: then nothing was signed.
    package func addCheckpoint(_ body: [UInt8], now: UInt64) throws(TransparencyLogError) -> AddCheckpointAnswer {
        let request: AddCheckpointRequest
        do throws(TransparencyLogError) {
            request = try AddCheckpointRequest(parsing: body)
        } catch {
            return .malformed(error.message)
        }
        let authentic: CheckpointGate.Authentic
        do throws(CheckpointGate.Refusal) {
            authentic = try CheckpointGate.authenticate(request.note, logs: logs.withLock { $0 })
        } catch {
            return error.answer
        }
        let folder = "\(directory)/\(Checkpoint.pathName(ofOrigin: authentic.checkpoint.origin))"
        try RecordFiles.makeFolder(folder)
        return try RecordFiles.alone("\(folder)/lock") { () throws(TransparencyLogError) in
            try decide(request, authentic, record: "\(folder)/checkpoint", now: now)
        }
    }

    /// The newest cosigned checkpoint as a note; nil when no checkpoint of the log was ever cosigned.
    ///
    /// - Parameter pathName: What ``Checkpoint/pathName(ofOrigin:)`` gives for the log; anything else is "nothing
    ///   here".
    /// - Throws: ``TransparencyLogError`` `.records`.
    package func checkpoint(pathName: String) throws(TransparencyLogError) -> [UInt8]? {
        guard Self.isPathName(pathName) else { return nil }
        return try RecordFiles.read("\(directory)/\(pathName)/checkpoint")
    }

    /// 64 hexadecimal digits in small letters.
    static func isPathName(_ name: String) -> Bool {
        name.utf8.count == 64
            && name.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// Called by the one that holds the log's lock: check, sign, store, and only then answer.
    private func decide(
        _ request: AddCheckpointRequest, _ authentic: CheckpointGate.Authentic, record path: String, now: UInt64
    ) throws(TransparencyLogError) -> AddCheckpointAnswer {
        let checkpoint = authentic.checkpoint
        let stored = try CheckpointRecord.read(path, origin: checkpoint.origin, key: key)
        do throws(CheckpointGate.Refusal) {
            try CheckpointGate.check(
                checkpoint, oldSize: request.oldSize, proof: request.proof, accepted: stored?.checkpoint)
        } catch {
            return error.answer
        }
        let time = stored?.time(notBefore: now) ?? now
        if let stored, stored.checkpoint == checkpoint {
            // Anyone can ask again for the newest checkpoint; within one second that costs no write.
            if let own = stored.own, own.time == time { return .accepted(lines: own.signature.line) }
        } else if !mayGrow(checkpoint.origin, now: now) {
            return .tooMany(retryAfter: 1)
        }
        let record = try CheckpointRecord(cosigning: authentic, by: signer, at: time)
        guard let own = record.own else {
            throw TransparencyLogError(.key, "\(key.name): the key's own signature cannot be read back")
        }
        try record.write(path)
        return .accepted(lines: own.signature.line)
    }

    private func mayGrow(_ origin: String, now: UInt64) -> Bool {
        growth.withLock { $0[origin, default: allowedGrowth].take(now: now) }
    }
}
