/// A cosignature that was verified: at this time this was the largest consistent tree that the cosigner saw.
package struct Cosignature: Hashable, Sendable {
    /// The witness's or mirror's key.
    package let key: NoteKey
    /// When, in seconds since 1970, by the cosigner's clock.
    package let time: UInt64
    /// The line.
    package let signature: NoteSignature
}

/// When a checkpoint was last seen by enough cosigners.
package enum QuorumTime: Hashable, Sendable {
    /// The cosigners that signed are not enough.
    case unmet
    /// Nobody needs to cosign, so there is no time.
    case unneeded
    /// The largest time such that the cosignatures of that time or later are enough, in seconds since 1970.
    case at(UInt64)
}

/// A checkpoint that its log signed, with the cosignatures of those who were asked about.
package struct VerifiedCheckpoint: Hashable, Sendable {
    /// What was signed.
    package let checkpoint: Checkpoint
    /// Whose log it is.
    package let logKey: NoteKey
    /// The cosignatures that were verified, one for each key, in the order of the keys' names.
    package let cosignatures: [Cosignature]
    /// Text, the log's signature and ``cosignatures``, and no other line.
    ///
    /// This is what may be stored and served: a line that nobody verified could carry a witness's name with rubbish,
    /// and would make the note useless for all who know that witness.
    package let note: SignedNote

    /// Verifies a note as a checkpoint.
    ///
    /// - Parameters:
    ///   - note: What came.
    ///   - origin: The log's origin; nil for the key's name, which it is with every log of C2SP's formats.
    ///   - logKey: The log's key.
    ///   - cosigners: Keys of witnesses and mirrors; lines of others are dropped. It is no error if none signed.
    /// - Throws: ``TransparencyLogError/Code/unsigned`` without the log's signature,
    ///   ``TransparencyLogError/Code/signature`` when a line of one of the keys is wrong,
    ///   ``TransparencyLogError/Code/checkpoint`` when the text is none of this log.
    package init(
        _ note: SignedNote, origin: String? = nil, logKey: NoteKey, cosigners: [NoteKey] = []
    ) throws(TransparencyLogError) {
        guard logKey.kind == .ed25519 else {
            throw TransparencyLogError(.key, "\(logKey.name) is a cosigner's key, not a log's")
        }
        let known = [logKey] + cosigners.filter { $0.kind == .cosignature }
        let signatures = try note.verified(by: known)
        guard let own = signatures.first(where: { $0.key == logKey }) else {
            throw TransparencyLogError(.unsigned, "the log \(logKey.name) has not signed this checkpoint")
        }
        let checkpoint = try Checkpoint(parsing: note.text)
        guard checkpoint.origin == origin ?? logKey.name else {
            throw TransparencyLogError(
                .checkpoint,
                "a checkpoint of \(StrictText.shown(checkpoint.origin.utf8)), not of \(origin ?? logKey.name)")
        }
        try self.init(checkpoint: checkpoint, logKey: logKey, own: own.signature, others: signatures)
    }

    /// The checkpoint of a log of one's own.
    ///
    /// - Throws: ``TransparencyLogError/Code/key`` for a key that must not sign it.
    package init(signing checkpoint: Checkpoint, by signer: NoteSigner) throws(TransparencyLogError) {
        note = try checkpoint.signed(by: signer)
        self.checkpoint = checkpoint
        logKey = signer.key
        cosignatures = []
    }

    private init(
        checkpoint: Checkpoint, logKey: NoteKey, own: NoteSignature, others: [VerifiedSignature]
    ) throws(TransparencyLogError) {
        var cosignatures: [Cosignature] = []
        for other in others {
            guard let time = other.time else { continue }
            let new = Cosignature(key: other.key, time: time, signature: other.signature)
            if let old = cosignatures.firstIndex(where: { $0.key == new.key }) {
                if new.time > cosignatures[old].time { cosignatures[old] = new }
            } else {
                cosignatures.append(new)
            }
        }
        cosignatures.sort { left, right in
            left.key.name.utf8.lexicographicallyPrecedes(right.key.name.utf8)
                || left.key.name.utf8.elementsEqual(right.key.name.utf8) && left.key.id < right.key.id
        }
        self.checkpoint = checkpoint
        self.logKey = logKey
        self.cosignatures = cosignatures
        note = try SignedNote(text: checkpoint.text, signatures: [own] + cosignatures.map(\.signature))
    }

    /// The same checkpoint with lines that cosigners answered; those of keys that are not asked about are dropped.
    ///
    /// - Throws: ``TransparencyLogError/Code/signature`` when a line of one of the keys is wrong.
    package func adding(
        _ lines: [NoteSignature], cosigners: [NoteKey]
    ) throws(TransparencyLogError) -> VerifiedCheckpoint {
        let known = cosigners.filter { $0.kind == .cosignature }
        let new = try SignedNote.verify(lines, by: known, over: note.text)
        let old = try note.verified(by: [logKey] + cosignatures.map(\.key))
        guard let own = old.first(where: { $0.key == logKey }) else {
            throw TransparencyLogError(.unsigned, "the log \(logKey.name) has not signed this checkpoint")
        }
        return try VerifiedCheckpoint(checkpoint: checkpoint, logKey: logKey, own: own.signature, others: old + new)
    }

    /// The log's origin.
    package var origin: String { checkpoint.origin }
    /// How many entries the log has.
    package var size: UInt64 { checkpoint.size }
    /// The root of the tree.
    package var root: LogHash { checkpoint.root }

    /// When enough cosigners last saw this checkpoint as the newest.
    ///
    /// - Parameter believes: Whether these cosigners' word is enough.
    package func quorumTime(_ believes: (Set<NoteKey>) -> Bool) -> QuorumTime {
        if believes([]) { return .unneeded }
        var keys: Set<NoteKey> = []
        for cosignature in cosignatures.sorted(by: { $0.time > $1.time }) {
            keys.insert(cosignature.key)
            if believes(keys) { return .at(cosignature.time) }
        }
        return .unmet
    }
}
