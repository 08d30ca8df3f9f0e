internal import Synchronization

/// A mirror (c2sp.org/tlog-mirror): keeps a whole copy of each log it knows, and cosigns a checkpoint when it has
/// stored every entry of it.
///
/// The copy of a log is `<directory>/<sha256 hex of its origin>/`, laid out as tlog-tiles has it. Several processes may
/// work on one directory: what changes a copy holds that copy's lock. All calls block on files.
package final class LogMirror: Sendable {
    /// The key that cosigns.
    package let key: NoteKey
    /// Where the copies are.
    package let directory: String

    let signer: NoteSigner
    let tickets: MirrorTickets
    private let knownLogs: Mutex<KnownLogs>
    /// By origin, for known logs only.
    private let growth = Mutex<[String: TokenBucket]>([:])
    /// The first entry of each copy that is not stored, as far as this process knows; never too high.
    private let nextEntries = Mutex<[String: UInt64]>([:])

    /// - Parameters:
    ///   - directory: Where the copies are; made when it is not there.
    ///   - signer: Of kind ``NoteKey/Kind/cosignature``. Another key than the witness's: the two say different things.
    ///   - logs: Which logs are mirrored.
    /// - Throws: ``TransparencyLogError`` `.key` for another kind of key, `.records` when the folder cannot be used.
    package init(directory: String, signer: NoteSigner, logs: KnownLogs) throws(TransparencyLogError) {
        guard signer.key.kind == .cosignature else {
            throw TransparencyLogError(.key, "\(signer.key.name): a mirror's key has type 04 (cosignature), not 01")
        }
        key = signer.key
        self.directory = directory
        self.signer = signer
        knownLogs = Mutex(logs)
        try RecordFiles.makePublicFolder(directory)
        tickets = try MirrorTickets(keyFile: "\(directory)/.tickets")
    }

    /// Changes which logs are mirrored. Copies that are there stay and are served.
    package func setLogs(_ logs: KnownLogs) {
        knownLogs.withLock { $0 = logs }
    }

    /// The origins of the logs that are mirrored.
    package var origins: [String] { knownLogs.withLock(\.origins) }

    /// Answers an `add-checkpoint` request: the checkpoint becomes the pending one. Nothing is signed.
    ///
    /// - Parameters:
    ///   - body: What came, unverified.
    ///   - now: Seconds since 1970.
    /// - Throws: ``TransparencyLogError`` `.records` when the mirror's own files fail.
    package func addCheckpoint(_ body: [UInt8], now: UInt64) throws(TransparencyLogError) -> AddCheckpointAnswer {
        let request: AddCheckpointRequest
        do throws(TransparencyLogError) {
            request = try AddCheckpointRequest(parsing: body)
        } catch {
            return .malformed(error.message)
        }
        let authentic: CheckpointGate.Authentic
        do throws(CheckpointGate.Refusal) {
            authentic = try CheckpointGate.authenticate(request.note, logs: logs)
        } catch {
            return error.answer
        }
        let folder = folder(origin: authentic.checkpoint.origin)
        try folder.prepare()
        return try folder.alone { () throws(TransparencyLogError) in
            let pending = try folder.pending()
            do throws(CheckpointGate.Refusal) {
                try CheckpointGate.check(
                    authentic.checkpoint, oldSize: request.oldSize, proof: request.proof,
                    accepted: pending?.checkpoint)
            } catch {
                return error.answer
            }
            if pending?.checkpoint != authentic.checkpoint {
                guard mayGrow(authentic.checkpoint.origin, now: now) else { return .tooMany(retryAfter: 1) }
                try folder.setPending(authentic)
            }
            return .accepted(lines: [])
        }
    }

    /// The newest checkpoint that the mirror has signed, as a note; nil when there is no copy of such a log.
    ///
    /// - Parameter pathName: What ``Checkpoint/pathName(ofOrigin:)`` gives for the log; anything else is "nothing
    ///   here".
    /// - Throws: ``TransparencyLogError`` `.records`.
    package func checkpoint(pathName: String) throws(TransparencyLogError) -> [UInt8]? {
        guard Witness.isPathName(pathName) else { return nil }
        return try RecordFiles.read("\(directory)/\(pathName)/checkpoint")
    }

    /// Begins to answer an `add-entries` request.
    package func upload() -> MirrorUpload { MirrorUpload(self) }

    var logs: KnownLogs { knownLogs.withLock { $0 } }

    func folder(origin: String) -> MirrorFolder {
        MirrorFolder(root: "\(directory)/\(Checkpoint.pathName(ofOrigin: origin))", origin: origin, key: key)
    }

    /// The first entry that a copy does not have: from what is known, as far on as the files go. Another process may
    /// have stored more.
    ///
    /// - Parameter size: Of a checkpoint that the mirror has signed: everything below is stored.
    func nextEntry(of folder: MirrorFolder, signed size: UInt64 = 0) -> UInt64 {
        let known = nextEntries.withLock { $0[folder.origin] ?? 0 }
        let next = folder.nextEntry(from: max(known, size))
        stored(upTo: next, of: folder)
        return next
    }

    /// Takes note that everything below `next` is stored.
    func stored(upTo next: UInt64, of folder: MirrorFolder) {
        nextEntries.withLock { $0[folder.origin] = max(next, $0[folder.origin] ?? 0) }
    }

    private func mayGrow(_ origin: String, now: UInt64) -> Bool {
        growth.withLock { $0[origin, default: .checkpoints].take(now: now) }
    }
}
