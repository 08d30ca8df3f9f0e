internal import Crypto
package import GuixFormats
package import Quorum
package import StoreFormats

/// Turns a narinfo as a cache sent it into claims: the one place where a cache's bytes become evidence.
///
/// A signature belongs to its key, whoever served it. Nix's signatures have names, so every one is tried under every key
/// of the policy that has its name; Guix's has its key in it, which must be one of the policy's. What no key of the
/// policy signed claims nothing.
package struct NarInfoVerifier: Sendable {
    private let nixKeys: [String: [NixKey]]
    private let guixKeys: [GuixPublicKey: KeyIdentity]

    private struct NixKey: Sendable {
        let publicKey: NixPublicKey
        let identity: KeyIdentity
    }

    /// - Parameter policy: Whose caches' keys are tried.
    package init(policy: Policy) {
        var nixKeys: [String: [NixKey]] = [:]
        var guixKeys: [GuixPublicKey: KeyIdentity] = [:]
        for leaf in policy.caches {
            let identity = leaf.key.identity
            // A key that the policy's parser took can be made; anything else could not verify anyway.
            switch leaf.kind {
            case .nix:
                guard let key = try? NixPublicKey(name: leaf.key.name, bytes: identity.bytes) else { continue }
                nixKeys[leaf.key.name, default: []].append(NixKey(publicKey: key, identity: identity))
            case .guix:
                if let key = GuixPublicKey(identity) { guixKeys[key] = identity }
            }
        }
        self.nixKeys = nixKeys
        self.guixKeys = guixKeys
    }

    /// Reads and checks what a cache answered.
    /// - Parameters:
    ///   - bytes: The body as received.
    ///   - asked: The hash part that was asked for.
    ///   - directory: The store that was asked about, which says whose format it is.
    ///   - source: The cache's address, for the claims and for people.
    ///   - time: Our own clock.
    /// - Throws: ``SourceTrouble`` of kind `malformed` when it is no narinfo or another path's.
    package func verify(
        _ bytes: [UInt8], asked: String, in directory: StoreDirectory, source: String, at time: Timestamp
    ) throws(SourceTrouble) -> CacheStatement {
        let narInfo: CacheNarInfo
        do {
            narInfo = try CacheNarInfo(parsing: bytes, in: directory)
        } catch {
            throw SourceTrouble(.malformed, "\(source)\(asked).narinfo: \(error)")
        }
        guard narInfo.storePath.hashPart == asked else {
            throw SourceTrouble(
                .malformed, "\(source)\(asked).narinfo: describes another path, \(narInfo.storePath.path)")
        }
        var statement = CacheStatement(narInfo: narInfo, evidence: bytes, source: source)
        let (signers, refused) = signers(of: narInfo)
        statement.refused = refused
        guard !signers.isEmpty, let evidence = Digest256(Array(SHA256.hash(data: bytes))) else { return statement }
        for signer in signers {
            statement.claims.append(
                Claim(
                    subject: .storePath(narInfo.storePath.path), key: signer, statement: .outcome(narInfo.outcome),
                    form: .cacheSignature, source: source, observedAt: time, evidence: evidence))
        }
        return statement
    }

    /// Which keys of the policy have signed a narinfo, each once, and why other signatures count for nothing.
    private func signers(of narInfo: CacheNarInfo) -> (keys: [KeyIdentity], refused: [String]) {
        var keys: [KeyIdentity] = []
        var refused: [String] = []
        switch narInfo.form {
        case .nix(let narInfo):
            let fingerprint = narInfo.fingerprint
            for signature in narInfo.signatures {
                guard let named = nixKeys[signature.keyName] else { continue }
                guard let key = named.first(where: { $0.publicKey.verify(signature, over: fingerprint) }) else {
                    refused.append("signature under the name '\(signature.keyName)' does not verify")
                    continue
                }
                if !keys.contains(key.identity) { keys.append(key.identity) }
            }
            for line in narInfo.malformedSignatures {
                refused.append("a signature that cannot be read: '\(line.prefix(40))'")
            }
        case .guix(let narInfo):
            guard let key = narInfo.signature?.publicKey else {
                if let why = narInfo.malformedSignature { refused.append("a signature that cannot be read: \(why)") }
                break
            }
            if !narInfo.isSigned(by: key) {
                refused.append("signature of the key \(key.hexadecimal) does not verify")
            } else if let identity = guixKeys[key] {
                keys.append(identity)
            } else {
                refused.append("signed by a key that the policy does not name: \(key.hexadecimal)")
            }
        }
        if keys.isEmpty && refused.isEmpty { refused.append("no signature of a key in the policy") }
        return (keys, refused)
    }

    /// The signatures of a Nix narinfo that verify under a key of the policy which is not among the refused ones.
    package func validSignatures(of narInfo: NarInfo, refused: Set<KeyIdentity> = []) -> [NixSignature] {
        let fingerprint = narInfo.fingerprint
        return narInfo.signatures.filter { signature in
            nixKeys[signature.keyName]?.contains {
                !refused.contains($0.identity) && $0.publicKey.verify(signature, over: fingerprint)
            } ?? false
        }
    }

    /// Whether the signature of a Guix narinfo verifies under a key of the policy which is not among the refused ones.
    package func isSigned(_ narInfo: GuixNarInfo, refused: Set<KeyIdentity> = []) -> Bool {
        guard let signature = narInfo.signature, let identity = guixKeys[signature.publicKey] else { return false }
        return !refused.contains(identity) && narInfo.isSigned(by: signature.publicKey)
    }
}

extension GuixPublicKey {
    /// The Guix key of an identity; nil for a key of another kind.
    package init?(_ identity: KeyIdentity) {
        let algorithm: Algorithm
        switch identity.algorithm {
        case .ecdsaEd25519: algorithm = .ecdsaEd25519
        case .rsa: algorithm = .rsa
        case .ed25519: return nil
        }
        guard let key = try? GuixPublicKey(algorithm: algorithm, identityBytes: identity.bytes) else { return nil }
        self = key
    }
}
