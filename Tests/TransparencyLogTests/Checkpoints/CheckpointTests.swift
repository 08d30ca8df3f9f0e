import Testing
import TransparencyLog

@Suite struct CheckpointTests {
    @Test(arguments: LogVectors.checkpoints.keys.sorted())
    func vectorsAreReadVerifiedAndMade(size: UInt64) throws {
        let bytes = try #require(LogVectors.checkpoints[size])
        let note = try SignedNote(parsing: bytes)
        let witnesses = try LogVectors.witnesses()
        let logKey = try LogVectors.key(LogVectors.log)
        let verified = try VerifiedCheckpoint(note, logKey: logKey, cosigners: witnesses)
        #expect(verified.size == size)
        #expect(verified.origin == LogVectors.log)
        #expect(verified.cosignatures.map(\.key) == witnesses)
        #expect(verified.cosignatures.map(\.time) == [1_767_225_600 + size, 1_767_225_601 + size])
        #expect(verified.note.bytes == bytes)

        // The same from nothing.
        let checkpoint = try Checkpoint(origin: LogVectors.log, size: size, root: verified.root)
        #expect(checkpoint == verified.checkpoint)
        let own = try VerifiedCheckpoint(signing: checkpoint, by: try LogVectors.signer(LogVectors.log))
        #expect(own.cosignatures.isEmpty)
        let lines = [
            try LogVectors.signer(LogVectors.secondWitness).cosign(checkpoint.text, at: 1_767_225_601 + size),
            try LogVectors.signer(LogVectors.firstWitness).cosign(checkpoint.text, at: 1_767_225_600 + size),
        ]
        let cosigned = try own.adding(lines, cosigners: witnesses)
        #expect(cosigned == verified)
        #expect(cosigned.note.bytes == bytes)
    }

    @Test func pathNameIsTheOriginsDigest() {
        #expect(
            Checkpoint.pathName(ofOrigin: "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    private static let root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    private static let other = "K6vnqpw+A4Z2+pqvXrRvXdbOof+PZM2HeO8bCNVw7OE="

    @Test(arguments: [
        "", "\n", "a\n", "a\n5\n", "a\n5\n\(other)", "\n5\n\(other)\n", "a\n05\n\(other)\n", "a\n-5\n\(other)\n",
        "a\n+5\n\(other)\n",
        "a\n5 \n\(other)\n", "a\n5\n\(other)\n\n", "a\n5\n\(other)\nextension\n", "a\n5\n \(other)\n",
        "a\n5\r\n\(other)\r\n",
        "a\n0x5\n\(other)\n", "a\n5\n\(other.dropLast(1))\n", "a\n5\n\(other.dropLast(2))F=\n", "a\n5\nAAAA\n",
        "a\n9223372036854775808\n\(other)\n", "a\n0\n\(other)\n", "a\u{7F}\n5\n\(other)\n", "caf\u{E9}\n5\n\(other)\n",
        "a\tb\n5\n\(other)\n",
        "\(String(repeating: "o", count: 256))\n5\n\(other)\n", "a\n5\n\n\(other)\n",
    ])
    func refusesTexts(text: String) {
        #expect(refusal { try Checkpoint(parsing: Array(text.utf8)) } == .checkpoint)
    }

    @Test(arguments: [
        "a\n0\n\(root)\n", "a\n1\n\(other)\n", "a\n9223372036854775807\n\(other)\n",
        "go.sum database tree\n5\n\(other)\n",
        "\(String(repeating: "o", count: 255))\n9223372036854775807\n\(other)\n",
        // A tree may have any root but by its size: who believes the log believes it.
        "a\n5\n\(root)\n",
    ])
    func readsTexts(text: String) throws {
        #expect(try Checkpoint(parsing: Array(text.utf8)).text == Array(text.utf8))
    }
}

@Suite struct VerifiedCheckpointTests {
    private let log: NoteSigner
    private let witnesses: [NoteSigner]
    private let checkpoint: Checkpoint

    init() throws {
        log = try NoteSigner.generate(name: "log.example/1", kind: .ed25519)
        witnesses = try (1...4).map { try NoteSigner.generate(name: "w\($0).example", kind: .cosignature) }
        checkpoint = try Checkpoint(origin: "log.example/1", size: 1, root: MerkleHash.leaf([1]))
    }

    private var keys: [NoteKey] { witnesses.map(\.key) }

    private func note(_ times: [(Int, UInt64)]) throws -> SignedNote {
        let text = checkpoint.text
        return try SignedNote(
            text: text,
            signatures: try [log.sign(text)] + times.map { try witnesses[$0.0].cosign(text, at: $0.1) })
    }

    @Test func wantsTheLogsSignature() throws {
        let text = checkpoint.text
        let only = try SignedNote(text: text, signatures: [try witnesses[0].cosign(text, at: 1)])
        #expect(refusal { try VerifiedCheckpoint(only, logKey: log.key, cosigners: keys) } == .unsigned)
        let namesake = try NoteSigner.generate(name: "log.example/1", kind: .ed25519)
        #expect(refusal { try VerifiedCheckpoint(try note([]), logKey: namesake.key) } == .unsigned)
        // A witness's key is no log's, whatever it is called.
        let timed = try NoteSigner.generate(name: "log.example/1", kind: .cosignature)
        #expect(refusal { try VerifiedCheckpoint(try note([]), logKey: timed.key) } == .key)
    }

    @Test func wantsTheLogsOrigin() throws {
        let foreign = try Checkpoint(origin: "log.example/2", size: 1, root: checkpoint.root)
        let signed = try SignedNote(text: foreign.text, signatures: [try log.sign(foreign.text)])
        #expect(refusal { try VerifiedCheckpoint(signed, logKey: log.key) } == .checkpoint)
        #expect(try VerifiedCheckpoint(signed, origin: "log.example/2", logKey: log.key).origin == "log.example/2")
        #expect(
            refusal { try VerifiedCheckpoint(try note([]), origin: "log.example/2", logKey: log.key) } == .checkpoint)
        #expect(refusal { try VerifiedCheckpoint(signing: foreign, by: log) } == .key)
    }

    @Test func wantsACheckpoint() throws {
        let text = Array("a note\n".utf8)
        let signed = try SignedNote(text: text, signatures: [try log.sign(text)])
        #expect(refusal { try VerifiedCheckpoint(signed, logKey: log.key) } == .checkpoint)
    }

    /// What may be stored has no line that was not verified: neither rubbish under a stranger's name nor under a
    /// witness's of whom nobody asked.
    @Test func onlyVerifiedLinesAreKept() throws {
        let bytes = withUnsafeBytes(of: keys[0].id.bigEndian, Array.init) + [9, 9]
        let forged = "\u{2014} w1.example " + StrictText.encodeBase64(bytes)
        let rubbish = try #require(NoteSignature(line: Array(forged.utf8)))
        let honest = try note([(1, 7), (2, 8)])
        let submitted = try SignedNote(text: honest.text, signatures: [rubbish] + honest.signatures.reversed())
        let verified = try VerifiedCheckpoint(submitted, logKey: log.key, cosigners: [keys[1]])
        #expect(verified.note.signatures.map(\.name) == ["log.example/1", "w2.example"])
        #expect(try VerifiedCheckpoint(verified.note, logKey: log.key, cosigners: keys).cosignatures.count == 1)
        #expect(refusal { try VerifiedCheckpoint(submitted, logKey: log.key, cosigners: keys) } == .signature)
    }

    @Test func addingDropsStrangersAndRefusesForgeries() throws {
        let own = try VerifiedCheckpoint(signing: checkpoint, by: log)
        let text = checkpoint.text
        let good = try witnesses[0].cosign(text, at: 5)
        let stranger = try witnesses[3].cosign(text, at: 5)
        let other = try Checkpoint(origin: "log.example/1", size: 2, root: checkpoint.root)
        let replayed = try witnesses[1].cosign(other.text, at: 5)
        let known = Array(keys.prefix(3))
        let first = try own.adding([good, stranger], cosigners: known)
        #expect(first.cosignatures.map(\.key) == [keys[0]])
        #expect(refusal { try own.adding([good, replayed], cosigners: known) } == .signature)
        // Newer lines take the place of older ones; older ones do not come back.
        let newer = try first.adding([try witnesses[0].cosign(text, at: 9)], cosigners: known)
        #expect(newer.cosignatures.map(\.time) == [9])
        #expect(try newer.adding([good], cosigners: known) == newer)
        #expect(try newer.adding([], cosigners: []) == newer)
    }

    @Test func quorumTimeIsTheLastAtWhichEnoughHadSeenIt() throws {
        let verified = try VerifiedCheckpoint(
            try note([(0, 100), (1, 300), (2, 200), (3, 50)]), logKey: log.key, cosigners: keys)
        #expect(verified.quorumTime { _ in true } == .unneeded)
        #expect(verified.quorumTime { _ in false } == .unmet)
        #expect(verified.quorumTime { $0.count >= 1 } == .at(300))
        #expect(verified.quorumTime { $0.count >= 2 } == .at(200))
        #expect(verified.quorumTime { $0.count >= 4 } == .at(50))
        #expect(verified.quorumTime { $0.count >= 5 } == .unmet)
        #expect(verified.quorumTime { $0.isSuperset(of: [keys[0], keys[3]]) } == .at(50))
    }
}
