package import StoreFormats

extension GuixNarInfo {
    /// Whether this key signed: path, NAR hash, NAR size, references and everything else above the signature.
    ///
    /// It costs a verification only when the signature names the key.
    package func isSigned(by key: GuixPublicKey) -> Bool {
        signature.map { key.verify($0, over: signedPart) } ?? false
    }

    /// The one of some keys that signed, found with at most one verification.
    package func validSigner(among keys: some Sequence<GuixPublicKey>) -> GuixPublicKey? {
        guard let signature, let key = keys.first(where: { $0 == signature.publicKey }), isSigned(by: key) else {
            return nil
        }
        return key
    }

    /// Writes and signs a narinfo as `guix publish` does.
    ///
    /// - Parameters:
    ///   - storePath: The path.
    ///   - narHash: The hash of the NAR.
    ///   - narSize: Its size in bytes, above 0.
    ///   - references: The paths it refers to, in any order, all in the path's store.
    ///   - deriver: The derivation it was built from; of a derivation nothing is said, as Guix says nothing.
    ///   - downloads: Where the NAR is. A stock client stumbles over a narinfo without any.
    ///   - key: The key to sign with; without one there is no line of a signature, and clients believe nothing.
    ///   - host: What the signature calls the host.
    /// - Throws: ``GuixFormatError/Code/invalidNarInfo``, ``GuixFormatError/Code/wrongStoreDirectory``,
    ///   ``GuixFormatError/Code/limitExceeded``, and what ``GuixSecretKey/sign(_:host:)`` throws.
    package init(
        storePath: StorePath, narHash: NarHash, narSize: UInt64, references: some Sequence<StorePath>,
        deriver: StorePath? = nil, downloads: [Download], signedBy key: GuixSecretKey?, host: String
    ) throws(GuixFormatError) {
        guard narSize > 0, narSize <= NarInfo.maximumSize else {
            throw GuixFormatError(.invalidNarInfo, "narinfo: size is not between 1 and \(NarInfo.maximumSize)")
        }
        let references = Set(references).sorted()
        let deriver = storePath.isDerivation ? nil : deriver
        for path in references + [deriver].compactMap({ $0 }) where path.directory != storePath.directory {
            throw GuixFormatError(.wrongStoreDirectory, "narinfo: \(path) is not in \(storePath.directory)")
        }
        let names = references.lazy.map(\.baseName).joined(separator: " ")
        var above = "StorePath: \(storePath)\nNarHash: \(narHash)\nNarSize: \(narSize)\nReferences: \(names)\n"
        if let deriver { above += "Deriver: \(deriver.baseName)\n" }
        let signedPart = [UInt8](above.utf8)
        guard let key else {
            try self.init(parsing: signedPart + Self.lines(of: downloads), in: storePath.directory)
            return
        }
        let signature = try key.sign(signedPart, host: host)
        let text = signedPart + [UInt8]("Signature: \(signature)\n".utf8)
        try self.init(
            storePath: storePath, narHash: narHash, narSize: narSize, references: references, deriver: deriver,
            system: nil, signature: signature, malformedSignature: nil, downloads: downloads, unknownFields: [],
            quirks: downloads.isEmpty ? .noDownloads : [], serialized: text + Self.lines(of: downloads),
            signedLength: signedPart.count, signatureEnd: text.count)
    }

    /// The same narinfo with other addresses: the signed part and the signature stay as they are, byte for byte.
    ///
    /// Fields below the signature that the format does not know are dropped.
    ///
    /// - Throws: ``GuixFormatError/Code/signedDownloads`` when the addresses are signed, so that clients would take
    ///   the old ones; ``GuixFormatError/Code/invalidSignature`` when there is no signature;
    ///   ``GuixFormatError/Code/invalidNarInfo`` for an address that is none.
    package func replacingDownloads(with downloads: [Download]) throws(GuixFormatError) -> GuixNarInfo {
        guard !hasSignedDownloads else {
            throw GuixFormatError(
                .signedDownloads, "narinfo: the addresses of the archive are signed, so they cannot be replaced")
        }
        guard signature != nil else { throw GuixFormatError(.invalidSignature, "narinfo: no signature") }
        return try GuixNarInfo(
            parsing: serialized[..<signatureEnd] + Self.lines(of: downloads), in: storePath.directory)
    }

    private static func lines(of downloads: [Download]) throws(GuixFormatError) -> [UInt8] {
        guard downloads.count <= Limits.standard.downloads else {
            throw GuixFormatError(.limitExceeded, "narinfo: more than \(Limits.standard.downloads) downloads")
        }
        var text = ""
        for download in downloads {
            do {
                try NarInfo.checkURL(download.url)
            } catch {
                throw GuixFormatError(error, .invalidNarInfo).prefixed("narinfo")
            }
            text += "URL: \(download.url)\nCompression: \(download.compression.rawValue)\n"
            if let size = download.fileSize { text += "FileSize: \(size)\n" }
        }
        return [UInt8](text.utf8)
    }
}
