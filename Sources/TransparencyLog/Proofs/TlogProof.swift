/// A file that proves offline that an entry is in a log (<https://c2sp.org/tlog-proof>). Nothing about it is verified.
package struct TlogProof: Hashable, Sendable {
    /// What is needed to make the leaf hash beside what the reader has: for logs of ours the entry itself.
    package let extra: [UInt8]?
    /// The entry's index.
    package let index: UInt64
    /// The inclusion proof.
    package let hashes: [LogHash]
    /// The checkpoint that the entry is proven under.
    package let checkpoint: SignedNote

    /// The longest file, in bytes: the largest entry in base64, the longest proof, and a checkpoint with a hundred
    /// signatures of the largest kind.
    package static let maximumByteCount = 524_288

    private static let header = Array("c2sp.org/tlog-proof@v1".utf8)

    /// Puts a proof together.
    ///
    /// - Throws: ``TransparencyLogError/Code/proofFile`` for an empty extra, an index above
    ///   ``StrictText/maximumNumber`` and more than ``MerkleProof/maximumHashCount`` hashes;
    ///   ``TransparencyLogError/Code/limit`` when the file would be longer than ``maximumByteCount``.
    package init(
        extra: [UInt8]?, index: UInt64, hashes: [LogHash], checkpoint: SignedNote
    ) throws(TransparencyLogError) {
        guard extra?.isEmpty != true else { throw TransparencyLogError(.proofFile, "a proof with an empty extra line") }
        guard index <= StrictText.maximumNumber else {
            throw TransparencyLogError(.proofFile, "\(index) is no index of an entry")
        }
        guard hashes.count <= MerkleProof.maximumHashCount else {
            throw TransparencyLogError(
                .proofFile, "a proof of \(hashes.count) hashes; \(MerkleProof.maximumHashCount) are the most")
        }
        self.extra = extra
        self.index = index
        self.hashes = hashes
        self.checkpoint = checkpoint
        guard bytes.count <= Self.maximumByteCount else { throw Self.tooLong }
    }

    /// Reads a file.
    ///
    /// - Throws: ``TransparencyLogError/Code/proofFile`` for anything but the canonical form,
    ///   ``TransparencyLogError/Code/note`` when what follows the hashes is no signed note,
    ///   ``TransparencyLogError/Code/limit`` for more than ``maximumByteCount``.
    package init(parsing bytes: [UInt8]) throws(TransparencyLogError) {
        guard bytes.count <= Self.maximumByteCount else { throw Self.tooLong }
        var rest = bytes[...]
        func nextLine() throws(TransparencyLogError) -> ArraySlice<UInt8> {
            guard let end = rest.firstIndex(of: 0x0A) else {
                throw TransparencyLogError(.proofFile, "the proof ends within its head: it was cut off")
            }
            defer { rest = rest[(end + 1)...] }
            return rest[..<end]
        }
        func operand(_ line: ArraySlice<UInt8>, of word: String) -> ArraySlice<UInt8>? {
            line.starts(with: word.utf8) ? line.dropFirst(word.utf8.count) : nil
        }
        guard try nextLine().elementsEqual(Self.header) else {
            throw TransparencyLogError(.proofFile, "no proof file: its first line is not that of tlog-proof, version 1")
        }
        var line = try nextLine()
        if let text = operand(line, of: "extra ") {
            guard let decoded = StrictText.decodeBase64(text) else {
                throw TransparencyLogError(.proofFile, "the extra line is no base64")
            }
            extra = decoded
            line = try nextLine()
        } else {
            extra = nil
        }
        guard let digits = operand(line, of: "index "), let index = StrictText.decimal(digits) else {
            throw TransparencyLogError(.proofFile, "\(StrictText.shown(line)) stands where the index line should")
        }
        self.index = index
        var hashes: [LogHash] = []
        line = try nextLine()
        while !line.isEmpty {
            guard hashes.count < MerkleProof.maximumHashCount else {
                throw TransparencyLogError(.proofFile, "more than \(MerkleProof.maximumHashCount) hashes")
            }
            guard let hash = LogHash(base64: line) else {
                throw TransparencyLogError(.proofFile, "\(StrictText.shown(line)) is no hash")
            }
            hashes.append(hash)
            line = try nextLine()
        }
        self.hashes = hashes
        checkpoint = try SignedNote(parsing: Array(rest))
    }

    /// The file.
    package var bytes: [UInt8] {
        var bytes = Self.header
        bytes.append(0x0A)
        if let extra {
            bytes += Array("extra ".utf8)
            StrictText.appendBase64(extra, to: &bytes)
            bytes.append(0x0A)
        }
        bytes += Array("index \(index)\n".utf8)
        for hash in hashes { bytes += Array("\(hash.base64)\n".utf8) }
        bytes.append(0x0A)
        return bytes + checkpoint.bytes
    }

    /// Verifies that an entry is in a log.
    ///
    /// Whether the cosigners that signed are enough is the caller's to judge.
    ///
    /// - Parameters:
    ///   - leaf: The hash of the entry.
    ///   - logKey: The log's key.
    ///   - origin: The log's origin; nil for the key's name.
    ///   - cosigners: Keys of witnesses and mirrors.
    /// - Returns: The checkpoint under which it is.
    /// - Throws: As ``VerifiedCheckpoint``, and ``TransparencyLogError/Code/proof`` or
    ///   ``TransparencyLogError/Code/range`` when the entry is not proven.
    package func verify(
        leaf: LogHash, logKey: NoteKey, origin: String? = nil, cosigners: [NoteKey]
    ) throws(TransparencyLogError) -> VerifiedCheckpoint {
        let checkpoint = try VerifiedCheckpoint(
            checkpoint, origin: origin, logKey: logKey, cosigners: cosigners)
        try MerkleProof.verifyInclusion(
            hashes, leaf: leaf, index: index, size: checkpoint.size, root: checkpoint.root)
        return checkpoint
    }

    /// Verifies that the entry in the extra line is in a log.
    ///
    /// - Returns: The entry and the checkpoint under which it is.
    /// - Throws: As ``verify(leaf:logKey:origin:cosigners:)``; ``TransparencyLogError/Code/proofFile`` without an extra
    ///   line.
    package func verifyExtra(
        logKey: NoteKey, origin: String? = nil, cosigners: [NoteKey]
    ) throws(TransparencyLogError) -> (entry: [UInt8], checkpoint: VerifiedCheckpoint) {
        guard let extra else { throw TransparencyLogError(.proofFile, "the proof does not hold its entry") }
        let checkpoint = try verify(
            leaf: MerkleHash.leaf(extra), logKey: logKey, origin: origin, cosigners: cosigners)
        return (extra, checkpoint)
    }

    private static var tooLong: TransparencyLogError {
        TransparencyLogError(.limit, "a proof file of more than \(maximumByteCount) bytes")
    }
}
