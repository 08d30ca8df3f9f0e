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

    /// Whether clients of the key believe a narinfo; without a key, whether anybody's do.
    func isSigned(_ narInfo: NarInfo) -> Bool {
        guard let key else { return !narInfo.signatures.isEmpty }
        return narInfo.signatures.contains { $0.keyName == key.name }
    }

    /// The signatures to publish beside those that a cache has of the same outcome. None of these goes, but for one that
    /// somebody else made under this key's name.
    func signatures(of info: PathInfo, beside known: [NixSignature]) throws(StoreFormatError) -> [NixSignature] {
        var signatures = known
        for signature in try self.signatures(of: info) {
            guard let place = signatures.firstIndex(where: { $0.keyName == signature.keyName }) else {
                signatures.append(signature)
                continue
            }
            if signature.keyName == key?.name, signs(info) { signatures[place] = signature }
        }
        return signatures
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
