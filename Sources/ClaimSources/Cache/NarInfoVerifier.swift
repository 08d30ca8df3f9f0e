internal import Crypto
package import Quorum
package import StoreFormats

/// Turns a narinfo as a cache sent it into claims: the one place where a cache's bytes become evidence.
///
/// A signature belongs to its key, whoever served it, so every signature is tried under every key of the policy that
/// has its name. What no key of the policy signed claims nothing.
package struct NarInfoVerifier: Sendable {
    private let keysByName: [String: [Key]]

    private struct Key: Sendable {
        let publicKey: NixPublicKey
        let identity: KeyIdentity
    }

    /// - Parameter policy: Whose Nix cache keys are tried.
    package init(policy: Policy) {
        var keys: [String: [Key]] = [:]
        for leaf in policy.caches where leaf.kind == .nix {
            // A key that the policy's parser took is 32 bytes with a name; anything else could not verify anyway.
            guard let key = try? NixPublicKey(name: leaf.key.name, bytes: leaf.key.identity.bytes) else { continue }
            keys[leaf.key.name, default: []].append(Key(publicKey: key, identity: leaf.key.identity))
        }
        keysByName = keys
    }

    /// Reads and checks what a cache answered.
    /// - Parameters:
    ///   - bytes: The body as received.
    ///   - asked: The hash part that was asked for.
    ///   - source: The cache's address, for the claims and for people.
    ///   - time: Our own clock.
    /// - Throws: ``SourceTrouble`` of kind `malformed` when it is no narinfo or another path's.
    package func verify(
        _ bytes: [UInt8], asked: String, source: String, at time: Timestamp
    ) throws(SourceTrouble) -> CacheStatement {
        let narInfo: NarInfo
        do {
            narInfo = try NarInfo(parsing: bytes, in: .nix, accepting: .seenInCaches)
        } catch {
            throw SourceTrouble(.malformed, "\(source)\(asked).narinfo: \(error)")
        }
        guard narInfo.storePath.hashPart == asked else {
            throw SourceTrouble(
                .malformed, "\(source)\(asked).narinfo: describes another path, \(narInfo.storePath.path)")
        }
        var statement = CacheStatement(narInfo: narInfo, evidence: bytes, source: source)
        let fingerprint = narInfo.fingerprint
        let evidence = Digest256(Array(SHA256.hash(data: bytes)))
        for signature in narInfo.signatures {
            guard let keys = keysByName[signature.keyName] else { continue }
            guard let key = keys.first(where: { $0.publicKey.verify(signature, over: fingerprint) }), let evidence
            else {
                statement.refused.append("signature under the name '\(signature.keyName)' does not verify")
                continue
            }
            let claim = Claim(
                subject: .storePath(narInfo.storePath.path), key: key.identity,
                statement: .outcome(narInfo.outcome), form: .cacheSignature, source: source, observedAt: time,
                evidence: evidence)
            if !statement.claims.contains(where: { $0.key == key.identity }) { statement.claims.append(claim) }
        }
        for line in narInfo.malformedSignatures {
            statement.refused.append("a signature that cannot be read: '\(line.prefix(40))'")
        }
        if statement.claims.isEmpty && statement.refused.isEmpty {
            statement.refused.append("no signature of a key in the policy")
        }
        return statement
    }

    /// The signatures of a narinfo that verify under a key of the policy which is not among the refused ones.
    package func validSignatures(of narInfo: NarInfo, refused: Set<KeyIdentity> = []) -> [NixSignature] {
        let fingerprint = narInfo.fingerprint
        return narInfo.signatures.filter { signature in
            keysByName[signature.keyName]?.contains {
                !refused.contains($0.identity) && $0.publicKey.verify(signature, over: fingerprint)
            } ?? false
        }
    }
}

extension NarInfo {
    /// What this narinfo says a build gave, as the tally compares it.
    package var outcome: Outcome {
        guard let narHash = Digest256(narHash.bytes) else { preconditionFailure("a NAR hash has 32 bytes") }
        return .storePath(.init(narHash: narHash, narSize: narSize, references: references.map(\.path)))
    }
}
