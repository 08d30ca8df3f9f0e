internal import Quorum
package import StoreFormats

/// What a binary cache signed: the fingerprint of a narinfo, and one signature. Nobody has checked it.
///
///     1;/nix/store/HASH-NAME;sha256:NIX32;SIZE;REFERENCE,REFERENCE
///     Sig: NAME:BASE64
package struct CacheEvidence: Hashable, Sendable {
    package let storePath: StorePath
    package let narHash: NarHash
    /// The size of the NAR in bytes.
    package let narSize: UInt64
    /// Sorted, each once.
    package let references: [StorePath]
    package let signature: NixSignature

    private static let signatureWord = "Sig: "

    /// What a narinfo states, with one of its signatures.
    package init(_ narInfo: NarInfo, signature: NixSignature) {
        storePath = narInfo.storePath
        narHash = narInfo.narHash
        narSize = narInfo.narSize
        references = narInfo.references
        self.signature = signature
    }

    /// What the signature covers.
    package var fingerprint: [UInt8] {
        NarInfo.fingerprint(storePath: storePath, narHash: narHash, narSize: narSize, references: references)
    }

    /// The two lines.
    package var bytes: [UInt8] {
        fingerprint + Array("\n\(Self.signatureWord)\(signature)\n".utf8)
    }

    /// Reads the two lines.
    ///
    /// - Throws: ``ProofError/Code/evidence`` for anything that ``bytes`` would not have written.
    package init(parsing bytes: [UInt8]) throws(ProofError) {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count == 3, lines[2].isEmpty, lines[1].starts(with: Self.signatureWord.utf8) else {
            throw Self.refusal("not two lines, the second a signature")
        }
        let fields = lines[0].split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard fields.count == 5, fields[0] == "1", let storePath = SubjectText.storePath(fields[1]),
            let narHash = try? NarHash(parsing: fields[2]), let narSize = UInt64(fields[3])
        else { throw Self.refusal("no fingerprint of a narinfo") }
        var references: [StorePath] = []
        for reference in fields[4].isEmpty ? [] : fields[4].split(separator: ",", omittingEmptySubsequences: false) {
            guard let path = try? StorePath(String(reference), in: storePath.directory) else {
                throw Self.refusal("references that are no paths of the same store")
            }
            references.append(path)
        }
        let text = String(decoding: lines[1].dropFirst(Self.signatureWord.utf8.count), as: UTF8.self)
        guard let signature = try? NixSignature(parsing: text) else { throw Self.refusal("no signature") }
        guard zip(references, references.dropFirst()).allSatisfy(<) else {
            throw Self.refusal("references out of order")
        }
        self.storePath = storePath
        self.narHash = narHash
        self.narSize = narSize
        self.references = references
        self.signature = signature
        guard self.bytes == bytes else { throw Self.refusal("not as it would be written") }
    }

    /// What is stated.
    var outcome: Outcome {
        guard let narHash = Digest256(narHash.bytes) else { preconditionFailure("a NAR hash has 32 bytes") }
        return .storePath(
            StorePathOutcome(narHash: narHash, narSize: narSize, references: references.map(\.path)))
    }

    private static func refusal(_ why: String) -> ProofError {
        ProofError(.evidence, "a cache's statement: \(why)")
    }
}
