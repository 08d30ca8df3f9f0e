internal import Crypto
package import Quorum
package import StoreFormats
internal import TransparencyLog

/// A build record with its signature: a signed note (<https://c2sp.org/signed-note>) by a builder's key.
package enum BuildEvidence {
    /// Far over what a record with thousands of inputs has.
    private static let limit = 4 << 20
    private static let dash = "\u{2014} "

    /// Signs a record.
    /// - Throws: ``SourceTrouble`` for a key whose name cannot stand in a note.
    package static func sign(_ record: BuildRecord, with key: NixSecretKey) throws -> [UInt8] {
        guard let verifier = NoteKey(key.publicKey) else {
            throw SourceTrouble(.unusable, "the builder's key '\(key.name)' has a name that notes cannot have")
        }
        let text = record.text
        let signature = try key.sign(Array(text.utf8))
        return Array(
            "\(text)\n\(dash)\(verifier.name) \(Base64.encode(NoteKey.bytes(of: verifier.id) + signature.bytes))\n".utf8
        )
    }

    /// The record in a note.
    ///
    /// - Parameters:
    ///   - note: The bytes as they were kept.
    ///   - key: Who is said to have signed it.
    ///   - source: Where it came from, for errors.
    /// - Throws: ``SourceTrouble`` of kind `malformed` unless it is a record under a signature of that key.
    package static func record(
        _ note: [UInt8], by key: KeyIdentity, source: String = "own build"
    ) throws(SourceTrouble) -> BuildRecord {
        func refuse(_ why: String) -> SourceTrouble { SourceTrouble(.malformed, "\(source): build record: \(why)") }
        guard note.count <= limit else { throw refuse("larger than \(limit) bytes") }
        guard let all = String(validating: note, as: UTF8.self), let end = all.lastBlankLine else {
            throw refuse("not a signed note")
        }
        let text = String(all[...end])
        let line = all[all.unicodeScalars.index(end, offsetBy: 2)...]
        guard let record = BuildRecord(text: text) else { throw refuse("its text is not one") }
        guard line.hasPrefix(dash), line.hasSuffix("\n"), key.algorithm == .ed25519 else {
            throw refuse("no signature line")
        }
        let words = line.dropFirst(dash.count).dropLast().split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2, let signer = try? NixPublicKey(name: String(words[0]), bytes: key.bytes),
            let verifier = NoteKey(signer), let bytes = try? Base64.decode(String(words[1])),
            bytes.starts(with: NoteKey.bytes(of: verifier.id)),
            let signature = try? NixSignature(keyName: verifier.name, bytes: bytes.dropFirst(4)),
            signer.verify(signature, over: Array(text.utf8))
        else { throw refuse("the signature does not verify under \(key)") }
        return record
    }

    /// The claim that a note proves.
    ///
    /// - Parameters:
    ///   - note: The bytes as they were kept.
    ///   - key: Who is said to have signed it.
    ///   - source: Where it came from, for the claim.
    ///   - time: When it was read, by our own clock.
    /// - Throws: ``SourceTrouble`` of kind `malformed` unless it is a record under a signature of that key.
    package static func claim(
        _ note: [UInt8], by key: KeyIdentity, source: String, at time: Timestamp
    ) throws(SourceTrouble) -> Claim {
        let record = try record(note, by: key, source: source)
        guard let evidence = Digest256(Array(SHA256.hash(data: note))) else {
            throw SourceTrouble(.malformed, "\(source): build record: no digest")
        }
        return Claim(
            subject: .storePath(record.path.path), key: key, statement: record.statement, form: .ownBuild,
            source: source, observedAt: time, inputs: record.inputsDigest, evidence: evidence)
    }
}

extension String {
    /// The first of the last two line feeds that follow each other, looked for by scalar.
    fileprivate var lastBlankLine: String.Index? {
        let scalars = unicodeScalars
        var index = scalars.endIndex
        var next: Unicode.Scalar?
        while index > scalars.startIndex {
            index = scalars.index(before: index)
            if scalars[index] == "\n", next == "\n" { return index }
            next = scalars[index]
        }
        return nil
    }
}
