/// The file in which a witness or a mirror keeps the newest checkpoint of one log: a note that can be served as it is.
struct CheckpointRecord: Hashable {
    let checkpoint: Checkpoint
    let note: SignedNote
    /// The keeper's own cosignature and its time; nil where it signs nothing, or has a new key since.
    let own: VerifiedSignature?

    /// Takes a note that was verified line by line.
    init(checkpoint: Checkpoint, note: SignedNote, own: VerifiedSignature?) {
        self.checkpoint = checkpoint
        self.note = note
        self.own = own
    }

    /// Cosigns a checkpoint: its text, the log's verified lines, and one line of the signer's own.
    init(
        cosigning authentic: CheckpointGate.Authentic, by signer: NoteSigner, at time: UInt64
    ) throws(TransparencyLogError) {
        let text = authentic.checkpoint.text
        let line = try signer.cosign(text, at: time)
        let note = try SignedNote(text: text, signatures: authentic.lines + [line])
        // Reading one's own signature back costs little and keeps a broken signer from being stored.
        self.init(checkpoint: authentic.checkpoint, note: note, own: try note.verified(by: [signer.key]).first)
    }

    /// Reads the record at `path`; nil when there is none.
    ///
    /// A record that is there and cannot be read is an error and never "none": a witness that forgets signs forks.
    static func read(_ path: String, origin: String, key: NoteKey) throws(TransparencyLogError) -> CheckpointRecord? {
        guard let bytes = try RecordFiles.read(path) else { return nil }
        do throws(TransparencyLogError) {
            let note = try SignedNote(parsing: bytes)
            let checkpoint = try Checkpoint(parsing: note.text)
            guard checkpoint.origin == origin else {
                throw TransparencyLogError(.records, "a checkpoint of '\(checkpoint.origin)' instead of '\(origin)'")
            }
            return CheckpointRecord(
                checkpoint: checkpoint, note: note, own: try note.verified(by: [key]).first)
        } catch {
            throw TransparencyLogError(
                .records, "\(path): \(error.message); restore the file from a copy, or ask the log's other witnesses")
        }
    }

    /// Puts the record in the place of the one at `path`, durably.
    func write(_ path: String) throws(TransparencyLogError) {
        try RecordFiles.replace(path, note.bytes)
    }

    /// The time to sign with: never before what was said already, unless the clock had been far ahead and was put
    /// right.
    func time(notBefore now: UInt64) -> UInt64 {
        guard let last = own?.time, last > now, last - now <= Self.clockSteps else { return now }
        return last
    }

    /// Seconds by which a clock may step back in ordinary life.
    private static let clockSteps: UInt64 = 300
}
