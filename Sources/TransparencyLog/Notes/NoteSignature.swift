/// One signature line of a signed note: `— name base64(hash || signature)`. Nothing about it is verified.
package struct NoteSignature: Hashable, Sendable {
    /// The name as bytes: texts that only look alike are equal as strings, and must not be here.
    private let nameBytes: [UInt8]
    /// The four bytes that tell keys of one name apart.
    package let keyID: UInt32
    /// What follows them: 64 bytes for Ed25519, 8 bytes of time more for a cosignature, anything for unknown types.
    package let signature: [UInt8]

    /// The longest line, in bytes: fits the largest signature of C2SP's registry (ML-DSA-44: 2,420 bytes) twice.
    package static let maximumLineByteCount = 8_192

    private static let dash = Array("\u{2014} ".utf8)

    init(key: NoteKey, signature: [UInt8]) {
        nameBytes = Array(key.name.utf8)
        keyID = key.id
        self.signature = signature
    }

    /// Reads one line without its line feed; nil for anything but the canonical spelling.
    package init?(line: some BidirectionalCollection<UInt8>) {
        guard line.count <= Self.maximumLineByteCount, line.starts(with: Self.dash) else { return nil }
        let words = line.dropFirst(Self.dash.count)
            .split(separator: UInt8(ascii: " "), maxSplits: 1, omittingEmptySubsequences: false)
        guard words.count == 2, NoteKey.isName(words[0]), let bytes = StrictText.decodeBase64(words[1]),
            bytes.count > 4
        else { return nil }
        nameBytes = Array(words[0])
        keyID = bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
        signature = Array(bytes.dropFirst(4))
    }

    /// Reads signature lines that come without a text, as witnesses answer.
    ///
    /// - Throws: ``TransparencyLogError/Code/note`` for anything but lines, ``TransparencyLogError/Code/limit`` for
    ///   more than ``SignedNote/maximumSignatureCount``.
    package static func lines(parsing bytes: [UInt8]) throws(TransparencyLogError) -> [NoteSignature] {
        guard !bytes.isEmpty else { return [] }
        guard bytes.last == 0x0A else {
            throw TransparencyLogError(.note, "signature lines do not end with a line feed")
        }
        var signatures: [NoteSignature] = []
        for line in bytes.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false) {
            guard signatures.count < SignedNote.maximumSignatureCount else {
                throw TransparencyLogError(
                    .limit, "more than \(SignedNote.maximumSignatureCount) signatures")
            }
            guard let signature = NoteSignature(line: line) else {
                throw TransparencyLogError(.note, "\(StrictText.shown(line)) is no signature line")
            }
            signatures.append(signature)
        }
        return signatures
    }

    /// The name of the key that the line claims to be of.
    package var name: String { String(decoding: nameBytes, as: UTF8.self) }

    /// The line with its line feed.
    package var line: [UInt8] {
        var line = Self.dash + nameBytes + [UInt8(ascii: " ")]
        StrictText.appendBase64(NoteKey.bytes(of: keyID) + signature, to: &line)
        line.append(0x0A)
        return line
    }
}

/// A signature of a signed note that was verified. Only ``SignedNote`` makes one.
package struct VerifiedSignature: Hashable, Sendable {
    /// The key whose signature it is.
    package let key: NoteKey
    /// When a cosignature was made, in seconds since 1970, as its key states; nil for plain signatures.
    package let time: UInt64?
    /// The line.
    package let signature: NoteSignature

    fileprivate init(key: NoteKey, time: UInt64?, signature: NoteSignature) {
        self.key = key
        self.time = time
        self.signature = signature
    }

    /// Verifies a line that names the key.
    ///
    /// - Throws: ``TransparencyLogError/Code/signature``.
    init(_ signature: NoteSignature, by key: NoteKey, over text: [UInt8]) throws(TransparencyLogError) {
        let isValid: Bool
        var time: UInt64?
        switch key.kind {
        case .ed25519:
            isValid = signature.signature.count == 64 && key.isValid(signature.signature, over: text)
        case .cosignature:
            let stated = signature.signature.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
            time = stated
            isValid =
                signature.signature.count == 72 && stated <= StrictText.maximumNumber
                && key.isValid(signature.signature.dropFirst(8), over: CosignedMessage.bytes(text: text, time: stated))
        }
        guard isValid else {
            throw TransparencyLogError(
                .signature, "the signature of \(key.name) is wrong: the note was changed, or the line is forged")
        }
        self.init(key: key, time: time, signature: signature)
    }
}

/// What a cosigner signs (<https://c2sp.org/tlog-cosignature>, Ed25519).
enum CosignedMessage {
    static func bytes(text: [UInt8], time: UInt64) -> [UInt8] { Array("cosignature/v1\ntime \(time)\n".utf8) + text }
}
