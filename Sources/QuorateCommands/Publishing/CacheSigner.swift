package import LocalStore
package import StoreFormats

/// Decides under which signatures a path is published.
///
/// A cache's signature is read as "its owner built this" by policies that say `builds`. So the key signs what this store
/// built, and what the path itself commits to; everything else keeps the signatures that it came with.
package struct CacheSigner: Sendable {
    package let key: NixSecretKey?
    package let signsAll: Bool

    package init(key: NixSecretKey?, signsAll: Bool) {
        self.key = key
        self.signsAll = signsAll
    }

    /// Whether the key signs a path.
    package func signs(_ info: PathInfo) -> Bool {
        key != nil && (signsAll || info.isOwnWord)
    }

    /// The signatures to publish: the key's own first, then those recorded, each key's once.
    package func signatures(of info: PathInfo) throws(StoreFormatError) -> [NixSignature] {
        var signatures: [NixSignature] = []
        if let key, signs(info) {
            signatures.append(
                try key.sign(
                    NarInfo.fingerprint(
                        storePath: info.path, narHash: info.narHash, narSize: info.narSize,
                        references: info.references)))
        }
        for signature in info.signatures where !signatures.contains(where: { $0.keyName == signature.keyName }) {
            signatures.append(signature)
        }
        return signatures
    }
}

extension PathInfo {
    /// Whether the owner of this store can answer for a path: it was built here, or commits to its contents.
    var isOwnWord: Bool { origin == .built || contentAddress?.commitsToContent == true }
}
