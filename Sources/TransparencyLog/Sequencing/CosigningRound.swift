/// A cosigner that says it saw a larger tree, or changes its mind.
struct ConflictingCosigner: Error {
    let size: UInt64
}

/// One checkpoint on its way through the cosigners.
struct CosigningRound {
    enum Event: Sendable {
        case answer(NoteKey, Result<(lines: [NoteSignature], size: UInt64), any Error>)
        case tick
    }

    private(set) var checkpoint: VerifiedCheckpoint
    let believes: @Sendable (Set<NoteKey>) -> Bool
    var isPublished = false
    var isChanged = false

    init(checkpoint: VerifiedCheckpoint, believes: @escaping @Sendable (Set<NoteKey>) -> Bool) {
        self.checkpoint = checkpoint
        self.believes = believes
    }

    var isBelieved: Bool { believes(Set(checkpoint.cosignatures.map(\.key))) }

    mutating func add(_ lines: [NoteSignature], of key: NoteKey) throws(TransparencyLogError) {
        let lines = lines.filter { $0.name == key.name && $0.keyID == key.id }
        guard !lines.isEmpty else { throw TransparencyLogError(.unsigned, "its answer has no cosignature of its key") }
        checkpoint = try checkpoint.adding(lines, cosigners: checkpoint.cosignatures.map(\.key) + [key])
        isChanged = true
    }
}
