package import GuixFormats
package import LocalStore
internal import StoreFormats

/// Writes the narinfos that Guix's clients read, and decides which of them the key signs: as ``CacheSigner`` does.
package struct GuixSigner: Sendable {
    package let key: GuixSecretKey?
    package let signsAll: Bool

    /// What signatures call the host: nothing about it.
    private static let host = "quorate"

    package init(key: GuixSecretKey?, signsAll: Bool) {
        self.key = key
        self.signsAll = signsAll
    }

    /// Whether the key signs a path.
    package func signs(_ info: PathInfo) -> Bool { key != nil && (signsAll || info.isOwnWord) }

    /// The narinfo of a path. Without a signature Guix's clients believe nothing of it, and use it to download what a
    /// server that they trust states in the same way.
    ///
    /// - Parameter downloads: Where the NAR is. There has to be one: clients crash over a narinfo without.
    package func narInfo(
        of info: PathInfo, downloads: [GuixNarInfo.Download]
    ) throws(GuixFormatError) -> GuixNarInfo {
        try GuixNarInfo(
            storePath: info.path, narHash: info.narHash, narSize: info.narSize, references: info.references,
            deriver: info.deriver, downloads: downloads, signedBy: signs(info) ? key : nil, host: Self.host)
    }
}
