/// Decides whether a submitted checkpoint is taken: the rules of c2sp.org/tlog-witness, section "add-checkpoint",
/// without files and without a clock. Witness and mirror stand on the same rules.
enum CheckpointGate {
    /// A refusal, as the protocol words it.
    struct Refusal: Error, Hashable {
        let answer: AddCheckpointAnswer

        init(_ answer: AddCheckpointAnswer) { self.answer = answer }
    }

    /// A checkpoint that its log signed, with nothing else: every line was verified.
    ///
    /// A submitted note may carry lines of anyone, also forged ones under the name of the witness that it is handed to.
    /// Kept, such a line would make the witness's own record fail for ever.
    struct Authentic: Hashable {
        let checkpoint: Checkpoint
        let lines: [NoteSignature]
    }

    /// Who signed it: first the log, then the signature, then the text.
    static func authenticate(_ note: SignedNote, logs: KnownLogs) throws(Refusal) -> Authentic {
        var text = note.text[...]
        guard let line = text.takeLine() else { throw Refusal(.malformed("the checkpoint has no origin line")) }
        let origin = String(decoding: line, as: UTF8.self)
        let keys = logs.keys(of: origin)
        guard !keys.isEmpty else { throw Refusal(.unknownLog) }
        let verified: [VerifiedSignature]
        do throws(TransparencyLogError) {
            verified = try note.verified(by: keys)
        } catch {
            throw Refusal(.forbidden(error.message))
        }
        guard !verified.isEmpty else {
            throw Refusal(.forbidden("no signature of a key that is trusted for \(origin)"))
        }
        do throws(TransparencyLogError) {
            return Authentic(
                checkpoint: try Checkpoint(parsing: note.text), lines: verified.map(\.signature))
        } catch {
            // An empty tree with another root than that of no entries is a tree that cannot be, not a text that cannot.
            let isEmptyTree = text.takeLine().map { Array($0) == [UInt8(ascii: "0")] } == true
            throw Refusal(isEmptyTree ? .unprocessable(error.message) : .malformed(error.message))
        }
    }

    /// Whether the tree goes on from the one that was accepted last; nil for a log that was never seen.
    static func check(
        _ checkpoint: Checkpoint, oldSize: UInt64, proof: [LogHash], accepted: Checkpoint?
    ) throws(Refusal) {
        guard oldSize <= checkpoint.size else {
            throw Refusal(.malformed("the proof starts at \(oldSize), above the checkpoint's size \(checkpoint.size)"))
        }
        guard oldSize == accepted?.size ?? 0 else { throw Refusal(.conflict(size: accepted?.size ?? 0)) }
        guard let accepted, oldSize > 0 else {
            // Every tree goes on from the empty one, and nothing proves it.
            guard proof.isEmpty else { throw Refusal(.unprocessable("a proof from size 0 has no hashes")) }
            return
        }
        do throws(TransparencyLogError) {
            try MerkleProof.verifyConsistency(
                proof, from: (accepted.size, accepted.root), to: (checkpoint.size, checkpoint.root))
        } catch {
            throw Refusal(.unprocessable(error.message))
        }
    }
}
