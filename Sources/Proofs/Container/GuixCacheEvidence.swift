package import GuixFormats
internal import Quorum
internal import StoreFormats

/// What a Guix server signed: the part of a narinfo above its signature, as it was served, and the signature's line.
/// Nobody has checked it.
///
///     StorePath: /gnu/store/HASH-NAME
///     NarHash: sha256:NIX32
///     NarSize: SIZE
///     References: HASH-NAME HASH-NAME
///     Signature: 1;HOST;BASE64
///
/// The signature covers bytes, so servers may have more fields, and other spaces, above it. Below it there is nothing.
package struct GuixCacheEvidence: Hashable, Sendable {
    /// The narinfo that ends with its signature.
    package let narInfo: GuixNarInfo
    package let signature: GuixSignature

    /// What the server signed of a narinfo.
    ///
    /// - Throws: ``ProofError/Code/evidence`` without a signature that can be read.
    package init(_ narInfo: GuixNarInfo) throws(ProofError) {
        guard let signature = narInfo.signature else { throw Self.refusal("no signature that can be read") }
        try self.init(parsing: narInfo.signedPart + Self.line(of: signature))
    }

    /// The section.
    package var bytes: [UInt8] { narInfo.serialized }

    /// Reads a section.
    ///
    /// - Throws: ``ProofError/Code/evidence`` for what is no narinfo, larger than one may be, or does not end with the
    ///   one spelling of its signature's line.
    package init(parsing bytes: [UInt8]) throws(ProofError) {
        do {
            narInfo = try GuixNarInfo(parsing: bytes)
        } catch {
            throw Self.refusal(error.description)
        }
        guard let signature = narInfo.signature else { throw Self.refusal("no signature that can be read") }
        guard narInfo.signedPart + Self.line(of: signature) == bytes else {
            throw Self.refusal("does not end with the line of its signature")
        }
        self.signature = signature
    }

    /// What is stated.
    var outcome: Outcome {
        guard let narHash = Digest256(narInfo.narHash.bytes) else { preconditionFailure("a NAR hash has 32 bytes") }
        return .storePath(
            StorePathOutcome(
                narHash: narHash, narSize: narInfo.narSize, references: narInfo.references.map(\.path)))
    }

    /// The key that the signature names, as policies identify keys.
    var keyIdentity: KeyIdentity? {
        let algorithm: KeyAlgorithm =
            switch signature.publicKey.algorithm {
            case .ecdsaEd25519: .ecdsaEd25519
            case .rsa: .rsa
            }
        return KeyIdentity(algorithm: algorithm, bytes: signature.publicKey.identityBytes)
    }

    /// Whether the key that the signature names signed.
    var isSigned: Bool { narInfo.isSigned(by: signature.publicKey) }

    private static func line(of signature: GuixSignature) -> [UInt8] { Array("Signature: \(signature)\n".utf8) }

    private static func refusal(_ why: String) -> ProofError {
        ProofError(.evidence, "a Guix server's statement: \(why)")
    }
}
