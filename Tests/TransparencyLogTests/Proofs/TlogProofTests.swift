import TestSupport
import Testing
import TransparencyLog

@Suite struct TlogProofTests {
    private struct Meta: Decodable {
        let index: UInt64
        let leafData: String
        let leafHashHex: String
        let negative: [String]
    }

    private let meta: Meta
    private let bytes: [UInt8]
    private let logKey: NoteKey
    private let witnesses: [NoteKey]

    init() throws {
        meta = try LogVectors.read("tlog_proof_meta.json")
        bytes = try LogVectors.bytes("entry42.tlog-proof")
        logKey = try LogVectors.key(LogVectors.log)
        witnesses = try LogVectors.witnesses()
    }

    private func check(_ text: String) throws {
        try check(Array(text.utf8))
    }

    private func check(_ bytes: [UInt8]) throws {
        let proof = try TlogProof(parsing: bytes)
        #expect(proof.bytes == bytes)
        let checkpoint = try proof.verify(
            leaf: MerkleHash.leaf(Array(meta.leafData.utf8)), logKey: logKey, cosigners: witnesses)
        guard checkpoint.cosignatures.count == 2 else { throw TransparencyLogError(.unsigned, "too few") }
    }

    @Test func vectorIsVerified() throws {
        #expect(MerkleHash.leaf(Array(meta.leafData.utf8)).hex == meta.leafHashHex)
        try check(bytes)
        let proof = try TlogProof(parsing: bytes)
        #expect(proof.index == meta.index)
        #expect(proof.extra == nil)
        #expect(proof.hashes.count == 17)
        let checkpoint = try proof.verify(leaf: LogVectors.hash(meta.leafHashHex), logKey: logKey, cosigners: [])
        #expect(checkpoint.size == 70_000)
        #expect(checkpoint.cosignatures.isEmpty)
        #expect(refusal { try proof.verifyExtra(logKey: logKey, cosigners: []) } == .proofFile)
        #expect(
            refusal { try proof.verify(leaf: MerkleHash.leaf([1]), logKey: logKey, cosigners: []) } == .proof)
        #expect(refusal { try proof.verify(leaf: MerkleHash.leaf([1]), logKey: witnesses[0], cosigners: []) } == .key)
    }

    /// Every change that the vectors name.
    @Test func changedVectorsAreRefused() throws {
        let text = String(decoding: bytes, as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        func joined(_ change: (inout [String]) -> Void) -> String {
            var lines = lines
            change(&lines)
            return lines.joined(separator: "\n")
        }
        func code(_ text: String) -> TransparencyLogError.Code? { refusal { try check(text) } }
        var refused = 0
        // Flip any bit of any hash line.
        for line in 2..<19 {
            var hash = try #require(StrictText.decodeBase64(lines[line].utf8))
            for bit in 0..<256 {
                hash[bit / 8] ^= 1 << UInt8(bit % 8)
                if bit % 32 == 0 { #expect(code(joined { $0[line] = StrictText.encodeBase64(hash) }) == .proof) }
                hash[bit / 8] ^= 1 << UInt8(bit % 8)
            }
        }
        refused += 1
        #expect(code(joined { $0[1] = "index 43" }) == .proof)
        #expect(code(joined { $0.remove(at: 18) }) == .proof)
        #expect(code(joined { $0.insert($0[18], at: 19) }) == .proof)
        #expect(code(joined { $0.swapAt(5, 6) }) == .proof)
        refused += 4
        let old = String(decoding: try #require(LogVectors.checkpoints[257]), as: UTF8.self)
        #expect(code(joined { $0 = Array($0.prefix(20)) + [old] }) == .proof)
        #expect(code(joined { $0.removeAll { $0.hasPrefix("\u{2014} log") } }) == .unsigned)
        let witnessLine = try #require(lines.first { $0.contains("/w1 ") })
        var signature = try #require(StrictText.decodeBase64(witnessLine.split(separator: " ")[2].utf8))
        signature[11] += 1
        let later = "\u{2014} witness.example.org/w1 " + StrictText.encodeBase64(signature)
        #expect(code(text.replacing(witnessLine, with: later)) == .signature)
        #expect(code(text.replacing("@v1", with: "@v2")) == .proofFile)
        #expect(code(text.replacing("index 42", with: "index 042")) == .proofFile)
        #expect(code(text.replacing("index 42\n", with: "index 42\nextra aGVsbG8=\n")) == .proofFile)
        refused += 6
        #expect(refused == meta.negative.count)
    }

    @Test func otherFormsAreRefused() {
        let text = String(decoding: bytes, as: UTF8.self)
        for (what, with) in [
            ("c2sp", " c2sp"), ("@v1\n", "@v1 \n"), ("@v1\n", "@v1\r\n"), ("@v1\n", "@v1\n\n"), ("index 42\n", ""),
            ("index 42", "index  42"), ("index 42", "Index 42"), ("index 42", "index -42"),
            ("index 42", "index 9223372036854775808"),
            ("index 42", "extra \nindex 42"), ("index 42", "extra\nindex 42"), ("index 42", "extra aGVsbG9=\nindex 42"),
            ("index 42", "extra aGVsbG8\nindex 42"), ("index 42", "extra aGVsbG8=\nextra aGVsbG8=\nindex 42"),
            ("index 42\n", "index 42\nAAAAAAAAAAAAAAAA\n"), ("index 42\n", "index 42\n#\n"),
        ] {
            #expect(
                refusal { try check(text.replacing(what, with: with, maxReplacements: 1)) } == .proofFile, "\(what)")
        }
        #expect(refusal { try check("") } == .proofFile)
        #expect(refusal { try check(text + "\n") } == .note)
        #expect(refusal { try check(String(text.dropLast())) } == .note)
        let cut = Array(bytes.prefix(500))
        #expect(refusal { try check(cut) } == .proofFile)
    }

    @Test(arguments: ["nix", "debian"])
    func proofsThatHoldTheirEntry(name: String) throws {
        let bytes = try LogVectors.bytes("rebuild_\(name).tlog-proof")
        let proof = try TlogProof(parsing: bytes)
        #expect(proof.bytes == bytes)
        let (entry, checkpoint) = try proof.verifyExtra(logKey: logKey, cosigners: witnesses)
        let leaf = try LogVectors.bytes("leaf_\(name).dsse.json")
        #expect(entry == leaf)
        #expect(checkpoint.size == 5)
        #expect(checkpoint.cosignatures.map(\.time) == [1_767_225_600, 1_767_225_603])
        // Another entry in its place is not proven.
        let swapped = try TlogProof(
            extra: try LogVectors.bytes("leaf_\(name == "nix" ? "debian" : "nix").dsse.json"), index: proof.index,
            hashes: proof.hashes, checkpoint: proof.checkpoint)
        #expect(refusal { try swapped.verifyExtra(logKey: logKey, cosigners: witnesses) } == .proof)
    }

    @Test func limitsHold() throws {
        let note = try TlogProof(parsing: bytes).checkpoint
        let hash = MerkleHash.empty
        let most = try TlogProof(
            extra: [UInt8](repeating: 1, count: EntryBundle.maximumEntryByteCount), index: UInt64(Int64.max),
            hashes: Array(repeating: hash, count: 63), checkpoint: note)
        #expect(try TlogProof(parsing: most.bytes) == most)
        #expect(
            refusal {
                try TlogProof(extra: nil, index: 0, hashes: Array(repeating: hash, count: 64), checkpoint: note)
            } == .proofFile)
        var text = String(decoding: most.bytes, as: UTF8.self)
        text = text.replacing("\n\n", with: "\n\(hash.base64)\n\n", maxReplacements: 1)
        #expect(refusal { try TlogProof(parsing: Array(text.utf8)) } == .proofFile)
        #expect(refusal { try TlogProof(extra: [], index: 0, hashes: [], checkpoint: note) } == .proofFile)
        #expect(refusal { try TlogProof(extra: nil, index: UInt64.max, hashes: [], checkpoint: note) } == .proofFile)
        let long = [UInt8](repeating: 1, count: TlogProof.maximumByteCount)
        #expect(refusal { try TlogProof(extra: long, index: 0, hashes: [], checkpoint: note) } == .limit)
        #expect(refusal { try TlogProof(parsing: long + [1]) } == .limit)
    }

    /// A proof of another log, or of the same log under a checkpoint that a key of the same name signed.
    @Test func proofsOfOtherLogsAreRefused() throws {
        let proof = try TlogProof(parsing: bytes)
        let leaf = LogVectors.hash(meta.leafHashHex)
        #expect(
            refusal { try proof.verify(leaf: leaf, logKey: logKey, origin: "log.example.org/other", cosigners: []) }
                == .checkpoint)
        let namesake = try NoteSigner.generate(name: LogVectors.log, kind: .ed25519)
        #expect(refusal { try proof.verify(leaf: leaf, logKey: namesake.key, cosigners: []) } == .unsigned)
    }
}
