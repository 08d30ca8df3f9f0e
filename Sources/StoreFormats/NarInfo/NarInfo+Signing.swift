extension NarInfo {
    /// What signatures cover: version, path, NAR hash, NAR size and references, in one spelling.
    public var fingerprint: [UInt8] {
        NarInfo.fingerprint(storePath: storePath, narHash: narHash, narSize: narSize, references: references)
    }

    /// What signatures cover: `1;<path>;sha256:<nix32>;<size>;<full paths of references, sorted, joined by commas>`.
    ///
    /// - Parameters:
    ///   - storePath: The path.
    ///   - narHash: The hash of the NAR.
    ///   - narSize: Its size in bytes.
    ///   - references: The paths it refers to, sorted, each once.
    public static func fingerprint(
        storePath: StorePath, narHash: NarHash, narSize: UInt64, references: [StorePath]
    ) -> [UInt8] {
        var text = [UInt8]("1;\(storePath.path);\(narHash);\(narSize);".utf8)
        for (index, reference) in references.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            text.append(contentsOf: reference.path.utf8)
        }
        return text
    }

    /// The first signature that carries a key's name and is valid under that key; nil when there is none.
    public func validSignature(by key: NixPublicKey) -> NixSignature? {
        let fingerprint = fingerprint
        return signatures.first { $0.keyName == key.name && key.verify($0, over: fingerprint) }
    }

    /// The same narinfo with other signatures, in canonical form; malformed ones are dropped.
    public func replacingSignatures(with signatures: [NixSignature]) -> NarInfo {
        var quirks = canonicalQuirks
        if Set(signatures.map(\.keyName)).count < signatures.count { quirks.insert(.repeatedSignature) }
        return NarInfo(
            storePath: storePath, url: url, compression: compression, fileHash: fileHash, fileSize: fileSize,
            narHash: narHash, narSize: narSize, references: references, deriver: deriver, system: system,
            signatures: signatures, malformedSignatures: [], contentAddress: contentAddress,
            unknownFields: unknownFields, quirks: quirks, original: nil)
    }

    /// The same narinfo, in canonical form, with one more signature.
    public func signed(by key: NixSecretKey) throws(StoreFormatError) -> NarInfo {
        replacingSignatures(with: signatures + [try key.sign(fingerprint)])
    }

    /// The quirks that are left in the canonical form.
    private var canonicalQuirks: Quirks {
        quirks.intersection([
            .missingFileHash, .missingFileSize, .fileHashAlgorithm, .systemField, .unknownFields,
        ])
    }
}
