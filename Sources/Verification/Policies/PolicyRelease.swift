internal import Ledger
package import Quorum
package import TransparencyLog

/// One version of a distributed policy: a signed note (<https://c2sp.org/signed-note>) of which the text is the policy
/// file.
package struct PolicyRelease: Sendable {
    /// The note, whose signatures are not verified yet.
    package let note: SignedNote
    /// The policy that the text is.
    package let policy: Policy
    /// Its version, expiry and the rule for the next one.
    package let distribution: Policy.Distribution

    /// SHA-256 of the text: what people compare before they trust a first version.
    package var digest: Digest256 { sha256(note.text) }

    /// - Throws: ``PolicyReleaseError`` unless it is a note of which the text is a policy that says `version`.
    package init(parsing bytes: [UInt8]) throws(PolicyReleaseError) {
        do throws(TransparencyLogError) {
            try self.init(SignedNote(parsing: bytes))
        } catch {
            throw PolicyReleaseError("not a signed policy: \(error.message)")
        }
    }

    private init(_ note: SignedNote) throws(TransparencyLogError) {
        self.note = note
        do throws(PolicyError) {
            policy = try Policy.reading(note.text)
        } catch {
            throw TransparencyLogError(.note, "\(error)")
        }
        guard let distribution = policy.distribution else {
            throw TransparencyLogError(
                .note, "the policy has no 'version N expires TIME' line, so it is nobody's to distribute")
        }
        self.distribution = distribution
    }

    /// The signers who signed, among those that the policy itself names and those of an earlier version.
    ///
    /// - Throws: ``PolicyReleaseError`` when a line of one of them does not verify.
    package func signers(alsoOf earlier: Policy? = nil) throws(PolicyReleaseError) -> [SignerLine] {
        let candidates =
            policy.signers
            + (earlier?.signers ?? []).filter { signer in
                !policy.signers.contains { $0.key.identity == signer.key.identity }
            }
        do throws(TransparencyLogError) {
            let keys = try candidates.map { candidate throws(TransparencyLogError) in try NoteKey(candidate.verifierKey)
            }
            let signed = try note.verified(by: keys).map(\.key)
            return zip(candidates, keys).filter { signed.contains($0.1) }.map(\.0)
        } catch {
            throw PolicyReleaseError("version \(distribution.version): \(error.message)")
        }
    }

    /// Checks that this may follow `earlier`: one version more, signed as both ask. A first version needs its own rule.
    ///
    /// Expiry is another question, and asked last: an expired version may well lead to one that is not.
    package func check(after earlier: Policy?) throws(PolicyReleaseError) {
        let signed = Set(try signers(alsoOf: earlier).map(\.key.identity))
        if let earlier {
            guard let before = earlier.distribution else {
                throw PolicyReleaseError("the policy that is here is nobody's to distribute: remove it first")
            }
            guard distribution.version == before.version + 1 else {
                throw PolicyReleaseError(
                    "version \(distribution.version) does not follow \(before.version): one is missing, or it is older")
            }
            guard earlier.isSigned(by: signed) else {
                throw PolicyReleaseError(
                    "version \(distribution.version) lacks signatures that version \(before.version) asks for "
                        + "(signed-by \(before.signedBy))")
            }
        }
        guard policy.isSigned(by: signed) else {
            throw PolicyReleaseError(
                "version \(distribution.version) lacks signatures that it asks for itself (signed-by "
                    + "\(distribution.signedBy))")
        }
    }

    /// The same with one signature more, in the place of an older one of the same key.
    package func adding(_ signature: NoteSignature) throws(PolicyReleaseError) -> PolicyRelease {
        let others = note.signatures.filter { ($0.name, $0.keyID) != (signature.name, signature.keyID) }
        do throws(TransparencyLogError) {
            return try PolicyRelease(SignedNote(text: note.text, signatures: others + [signature]))
        } catch {
            throw PolicyReleaseError(error.message)
        }
    }
}

/// Why a version of a distributed policy is not taken, in one line.
package struct PolicyReleaseError: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

extension Policy {
    /// Reads a policy with the identifiers of its verifier keys checked.
    package static func reading(_ bytes: [UInt8]) throws(PolicyError) -> Policy {
        try parse(utf8: bytes, verifierKeyID: { NoteKey.id(name: $0, typedKey: $1) })
    }
}
