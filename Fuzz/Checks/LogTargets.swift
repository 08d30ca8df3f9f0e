internal import TransparencyLog

extension FuzzTarget {
    /// The formats of transparency logs.
    static let logTargets = [
        FuzzTarget("log-note", checkNote),
        FuzzTarget("log-key", maximumLength: 512, checkNoteKey),
        FuzzTarget("log-checkpoint", maximumLength: 512, checkCheckpoint),
        FuzzTarget("log-tile-path", maximumLength: 128, checkTilePath),
        FuzzTarget("log-bundle", checkBundle),
        FuzzTarget("log-proof", maximumLength: 8192, checkTlogProof),
        FuzzTarget("log-merkle", maximumLength: 2048, checkMerkle),
    ]
}

/// Keys that the notes of the corpus may carry.
private let fuzzKeys = [
    "log.example.org/rebuild/1+a0e13f37+AVe7fRn9VzEVW7jddnyLkUom5tCtozgusJven6zfE84g",
    "witness.example.org/w1+4fc54715+BMYmnIumCwvcxnRyHYBsg+jHgzID3BKuz33Z74IYqyNV",
    "witness.example.org/w2+261f5972+BHB0Iz7o8lFKAJ5zlrbr/2Q3pLpXxmuSdpNgr+y5CCun",
].compactMap { try? NoteKey($0) }

private func checkNote(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    if let lines = try? NoteSignature.lines(parsing: input) {
        try promise(Array(lines.map(\.line).joined()) == input, "signature lines are written otherwise")
    }
    guard let note = try? SignedNote(parsing: input) else { return .refused }
    try promise(note.bytes == input, "a note is written otherwise")
    let again = try succeed("its text and signatures") {
        try SignedNote(text: note.text, signatures: note.signatures)
    }
    try promise(again == note, "its text and signatures are another note")
    if let verified = try? note.verified(by: fuzzKeys) {
        try promise(verified.allSatisfy { note.signatures.contains($0.signature) }, "a signature comes from nowhere")
        try promise(Set(verified.map(\.key)).count == verified.count, "one key counts twice")
    }
    if let log = fuzzKeys.first,
        let checkpoint = try? VerifiedCheckpoint(note, logKey: log, cosigners: fuzzKeys)
    {
        try promise(checkpoint.checkpoint.text == note.text, "another checkpoint than the note's")
        let kept = try succeed("what is kept of a checkpoint") {
            try VerifiedCheckpoint(
                try SignedNote(parsing: checkpoint.note.bytes), logKey: log, cosigners: fuzzKeys)
        }
        try promise(kept == checkpoint, "what is kept of a checkpoint is another one")
    }
    return .accepted
}

private func checkNoteKey(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    guard let text = String(validating: input, as: UTF8.self) else { return .refused }
    if let signer = try? NoteSigner(text) {
        try promise(
            signer.secretText.utf8.elementsEqual(input.last == 0x0A ? input.dropLast() : input[...]),
            "a secret key is written otherwise")
        let publicHalf = try succeed("the public half") { try NoteKey(signer.key.text) }
        try promise(publicHalf == signer.key, "the public half is another key")
        return .accepted
    }
    guard let key = try? NoteKey(text) else { return .refused }
    try promise(key.text.utf8.elementsEqual(input), "a key is written otherwise")
    let line = try succeed("its name in a line") {
        let bytes = Array("\u{2014} \(key.name) AAAAAAA=\n".utf8)
        return try NoteSignature.lines(parsing: bytes)
    }
    try promise(line.count == 1 && line[0].name.utf8.elementsEqual(key.name.utf8), "its name is another in a line")
    return .accepted
}

private func checkCheckpoint(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    guard let checkpoint = try? Checkpoint(parsing: input) else { return .refused }
    try promise(checkpoint.text == input, "a checkpoint is written otherwise")
    let again = try succeed("its parts") {
        try Checkpoint(origin: checkpoint.origin, size: checkpoint.size, root: checkpoint.root)
    }
    try promise(again == checkpoint, "its parts are another checkpoint")
    return .accepted
}

private func checkTilePath(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    guard let path = try? TilePath(parsing: String(decoding: input, as: UTF8.self)) else { return .refused }
    try promise(path.text.utf8.elementsEqual(input), "a path is written otherwise")
    try promise(TilePath(path.kind, number: path.number, width: path.width) == path, "its parts are another path")
    try promise(
        input.allSatisfy { $0 > 0x20 && $0 < 0x7F } && !path.text.contains(".."), "a path that leads elsewhere")
    return .accepted
}

/// The first byte says how many entries there should be.
private func checkBundle(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    guard let count = input.first else { return .refused }
    let bytes = Array(input.dropFirst())
    if let tile = try? HashTile(parsing: bytes, width: Int(count)) {
        try promise(tile.bytes == bytes, "a tile is written otherwise")
    }
    guard let entries = try? EntryBundle.decode(bytes, count: Int(count)) else { return .refused }
    let again = try succeed("what was read") { try EntryBundle.encode(entries) }
    try promise(again == bytes, "a bundle is written otherwise")
    return .accepted
}

private func checkTlogProof(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    guard let proof = try? TlogProof(parsing: input) else { return .refused }
    try promise(proof.bytes == input, "a proof is written otherwise")
    if let log = fuzzKeys.first, let (entry, checkpoint) = try? proof.verifyExtra(logKey: log, cosigners: fuzzKeys) {
        try promise(proof.extra == entry, "another entry than the file's")
        try promise(proof.index < checkpoint.size, "an entry outside the log")
    }
    return .accepted
}

/// Numbers and hashes: size, start and length of a part, eight bytes each, then a proof.
private func checkMerkle(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    guard input.count >= 24 else { return .refused }
    func number(_ place: Int) -> UInt64 { input[(8 * place)..<(8 * place + 8)].reduce(0) { $0 << 8 | UInt64($1) } }
    let size = number(0)
    let (end, overflow) = number(1).addingReportingOverflow(number(2))
    guard !overflow else { return .refused }
    let part = number(1)..<end
    var hashes: [LogHash] = []
    var place = 24
    while place + 32 <= input.count {
        if let hash = LogHash(input[place..<(place + 32)]) { hashes.append(hash) }
        place += 32
    }
    guard let ranges = try? MerkleProof.subtreeRanges(part, size: size) else { return .refused }
    try promise(ranges.count <= 2 * MerkleProof.maximumHashCount, "a proof of \(ranges.count) hashes")
    try promise(ranges.allSatisfy { !$0.isEmpty && $0.upperBound <= size }, "a hash of entries that there are not")
    // Nobody finds a preimage by chance: what is accepted would be the hash of itself.
    let root = hashes.last ?? MerkleHash.empty
    let isProven =
        (try? MerkleProof.verifySubtree(hashes, subtree: part, hash: root, size: size, root: root)) != nil
    try promise(!isProven || part == 0..<size && hashes.isEmpty, "any part is proven")
    return .accepted
}
