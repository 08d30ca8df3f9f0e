/// A text with signatures under it (<https://c2sp.org/signed-note>). Nothing about it is verified.
package struct SignedNote: Hashable, Sendable {
    /// The signed text, which ends with a line feed.
    package let text: [UInt8]
    /// The signatures in their order, those of unknown keys among them.
    package let signatures: [NoteSignature]

    /// The longest note, in bytes: what Go's reader takes, so that no note of ours is one that others refuse.
    package static let maximumByteCount = 1_000_000

    /// The most signatures, again as in Go's reader: each may cost a verification.
    package static let maximumSignatureCount = 100

    /// Puts a note together.
    ///
    /// - Throws: ``TransparencyLogError/Code/note`` for a text that no note can have or a note without signatures,
    ///   ``TransparencyLogError/Code/limit`` for too much of it.
    package init(text: [UInt8], signatures: [NoteSignature]) throws(TransparencyLogError) {
        try Self.check(text)
        guard !signatures.isEmpty else { throw TransparencyLogError(.note, "a note without signatures") }
        guard signatures.count <= Self.maximumSignatureCount else {
            throw TransparencyLogError(
                .limit, "a note of \(signatures.count) signatures; \(Self.maximumSignatureCount) are the most")
        }
        self.text = text
        self.signatures = signatures
        guard bytes.count <= Self.maximumByteCount else { throw Self.tooLong }
    }

    /// Reads a note: text, an empty line, signature lines.
    ///
    /// - Throws: ``TransparencyLogError/Code/note`` for anything but the canonical form,
    ///   ``TransparencyLogError/Code/limit`` for more than ``maximumByteCount`` or ``maximumSignatureCount``.
    package init(parsing bytes: [UInt8]) throws(TransparencyLogError) {
        guard bytes.count <= Self.maximumByteCount else { throw Self.tooLong }
        // The text may have empty lines of its own; signatures have none.
        guard
            let gap = bytes.indices.dropLast().last(where: { bytes[$0] == 0x0A && bytes[$0 + 1] == 0x0A })
        else {
            throw TransparencyLogError(.note, "no signed note: there is no empty line before signatures")
        }
        text = Array(bytes[...gap])
        try Self.check(text)
        let lines = Array(bytes[(gap + 2)...])
        guard !lines.isEmpty else { throw TransparencyLogError(.note, "a note without signatures") }
        signatures = try NoteSignature.lines(parsing: lines)
    }

    /// The note as it is sent and stored.
    package var bytes: [UInt8] {
        var bytes = text
        bytes.append(0x0A)
        for signature in signatures { bytes += signature.line }
        return bytes
    }

    /// Verifies every line that names a known key; lines of unknown keys are passed over.
    ///
    /// - Returns: One signature for each key that signed, in the order of the lines; for a cosigner with several lines
    ///   the newest. May be empty.
    /// - Throws: ``TransparencyLogError/Code/signature`` when a line that names a known key is not its signature;
    ///   ``TransparencyLogError/Code/key`` when two of the known keys answer to one name and hash.
    package func verified(by known: [NoteKey]) throws(TransparencyLogError) -> [VerifiedSignature] {
        try Self.verify(signatures, by: known, over: text)
    }

    /// The same for lines that came without their text.
    static func verify(
        _ signatures: [NoteSignature], by known: [NoteKey], over text: [UInt8]
    ) throws(TransparencyLogError) -> [VerifiedSignature] {
        var verified: [VerifiedSignature] = []
        for signature in signatures {
            var named: NoteKey?
            for key in known where key.isNamed(by: signature) && key != named {
                guard named == nil else {
                    throw TransparencyLogError(.key, "two keys have the name \(key.name) and one hash: drop one")
                }
                named = key
            }
            guard let named else { continue }
            let new = try VerifiedSignature(signature, by: named, over: text)
            if let old = verified.firstIndex(where: { $0.key == named }) {
                if (new.time ?? 0) > (verified[old].time ?? 0) { verified[old] = new }
            } else {
                verified.append(new)
            }
        }
        return verified
    }

    /// What a text must be: valid UTF-8 without control characters but line feeds, ending with one.
    private static func check(_ text: [UInt8]) throws(TransparencyLogError) {
        guard text.last == 0x0A, text.allSatisfy({ $0 >= 0x20 || $0 == 0x0A }),
            String(validating: text, as: UTF8.self) != nil
        else {
            throw TransparencyLogError(
                .note, "the text of a note is UTF-8 without control characters, and ends with a line feed")
        }
    }

    private static var tooLong: TransparencyLogError {
        TransparencyLogError(.limit, "a note of more than \(maximumByteCount) bytes")
    }
}
