/// The body of an `add-checkpoint` request (c2sp.org/tlog-witness): what a log, or anyone, hands to a witness.
///
/// Nothing in it is verified.
package struct AddCheckpointRequest: Hashable, Sendable {
    /// Longest body. 63 hashes take under 3 kB; a note may carry many witnesses' lines, of which one with an ML-DSA-44
    /// signature has 3.3 kB.
    package static let maximumByteCount = 128 << 10

    /// The size of the tree that the proof starts from.
    package let oldSize: UInt64
    /// The consistency proof, at most ``MerkleProof/maximumHashCount`` hashes.
    package let proof: [LogHash]
    /// The signed checkpoint.
    package let note: SignedNote

    package init(oldSize: UInt64, proof: [LogHash], note: SignedNote) {
        self.oldSize = oldSize
        self.proof = proof
        self.note = note
    }

    /// Reads a body: the line `old <size>`, a line in base64 for each hash, an empty line, a note.
    /// - Throws: ``TransparencyLogError`` that says which line is wrong.
    package init(parsing body: [UInt8]) throws(TransparencyLogError) {
        guard body.count <= Self.maximumByteCount else {
            throw TransparencyLogError(
                .limit, "add-checkpoint: \(body.count) bytes, at most \(Self.maximumByteCount) are taken")
        }
        var rest = body[...]
        guard let first = rest.takeLine(), first.starts(with: Self.keyword),
            let size = StrictText.decimal(first.dropFirst(Self.keyword.count))
        else {
            throw TransparencyLogError(.submission, "add-checkpoint: the first line is not 'old <size>'")
        }
        oldSize = size
        var hashes: [LogHash] = []
        while true {
            guard let line = rest.takeLine() else {
                throw TransparencyLogError(.submission, "add-checkpoint: no empty line before the checkpoint")
            }
            if line.isEmpty { break }
            guard hashes.count < MerkleProof.maximumHashCount else {
                throw TransparencyLogError(
                    .limit, "add-checkpoint: more than \(MerkleProof.maximumHashCount) lines of proof")
            }
            guard let hash = LogHash(base64: line) else {
                throw TransparencyLogError(
                    .submission, "add-checkpoint: line \(hashes.count + 2) is not a hash in base64")
            }
            hashes.append(hash)
        }
        proof = hashes
        note = try SignedNote(parsing: Array(rest))
    }

    /// The body as it is sent.
    package var bytes: [UInt8] {
        var bytes = Self.keyword + Array("\(oldSize)\n".utf8)
        for hash in proof { bytes += Array("\(hash.base64)\n".utf8) }
        return bytes + [UInt8(ascii: "\n")] + note.bytes
    }

    private static let keyword = Array("old ".utf8)
}

extension ArraySlice<UInt8> {
    /// The bytes before the next line feed, which are taken away with it; nil when there is none.
    mutating func takeLine() -> ArraySlice<UInt8>? {
        guard let end = firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let line = self[startIndex..<end]
        self = self[(end + 1)...]
        return line
    }
}
