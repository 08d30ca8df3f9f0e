extension NarInfo {
    /// The largest size that a narinfo may state: what fits the signed 64 bits of databases.
    public static let maximumSize = UInt64(Int64.max)

    /// Reads a size in its one spelling: decimal digits without a sign and without zeros in front.
    ///
    /// - Throws: ``StoreFormatError/Code/invalidNarInfo``, also below `least` and above ``maximumSize``.
    package static func parseSize(
        _ value: ArraySlice<UInt8>, atLeast least: UInt64 = 0
    ) throws(StoreFormatError) -> UInt64 {
        guard let size = Decimal.parse(value), size >= least, size <= maximumSize else {
            throw StoreFormatError(.invalidNarInfo, "not a decimal number from \(least) to \(maximumSize)")
        }
        return size
    }

    /// Creates a narinfo to be written.
    ///
    /// - Parameters:
    ///   - storePath: The path.
    ///   - url: Where the NAR is.
    ///   - compression: How it is compressed there.
    ///   - fileHash: The hash of the compressed file.
    ///   - fileSize: Its size in bytes.
    ///   - narHash: The hash of the NAR.
    ///   - narSize: Its size in bytes, above 0.
    ///   - references: The paths it refers to, in any order, all in the path's store.
    ///   - deriver: The derivation it was built from.
    ///   - signatures: Signatures over the ``fingerprint``.
    ///   - contentAddress: How the path follows from its content.
    ///   - unknownFields: Fields of one's own, written last.
    /// - Throws: ``StoreFormatError/Code/invalidNarInfo``, ``StoreFormatError/Code/wrongStoreDirectory``.
    public init(
        storePath: StorePath, url: String, compression: Compression, fileHash: ContentHash? = nil,
        fileSize: UInt64? = nil, narHash: NarHash, narSize: UInt64, references: some Sequence<StorePath>,
        deriver: StorePath? = nil, signatures: [NixSignature] = [], contentAddress: ContentAddress? = nil,
        unknownFields: [Field] = []
    ) throws(StoreFormatError) {
        try NarInfo.checkURL(url)
        guard narSize > 0, narSize <= NarInfo.maximumSize, fileSize ?? 0 <= NarInfo.maximumSize else {
            throw StoreFormatError(.invalidNarInfo, "narinfo: size is not between 1 and \(NarInfo.maximumSize)")
        }
        let references = Set(references).sorted()
        for path in references + [deriver].compactMap({ $0 }) where path.directory != storePath.directory {
            throw StoreFormatError(.wrongStoreDirectory, "narinfo: \(path) is not in \(storePath.directory)")
        }
        for field in unknownFields {
            guard !field.name.isEmpty, !field.name.utf8.contains(UInt8(ascii: ":")),
                "\(field.name)\(field.value)".utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f })
            else {
                throw StoreFormatError(.invalidNarInfo, "narinfo: unknown field that is not one line of Name: value")
            }
        }
        var quirks: Quirks = []
        if fileHash == nil { quirks.insert(.missingFileHash) }
        if fileSize == nil { quirks.insert(.missingFileSize) }
        if let fileHash, fileHash.algorithm != .sha256 { quirks.insert(.fileHashAlgorithm) }
        if !unknownFields.isEmpty { quirks.insert(.unknownFields) }
        if Set(signatures.map(\.keyName)).count < signatures.count { quirks.insert(.repeatedSignature) }
        self.init(
            storePath: storePath, url: url, compression: compression, fileHash: fileHash, fileSize: fileSize,
            narHash: narHash, narSize: narSize, references: references, deriver: deriver, system: nil,
            signatures: signatures, malformedSignatures: [], contentAddress: contentAddress,
            unknownFields: unknownFields, quirks: quirks, original: nil)
    }

    /// The bytes of the file: those that were read, or the canonical form of what was put together.
    public var serialized: [UInt8] { original ?? rendered() }

    /// The canonical form, in the order in which Nix writes fields.
    func rendered() -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(512 + references.count * 64 + signatures.count * 128)
        func write(_ name: StaticString, _ value: String) {
            text.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
            text.append(UInt8(ascii: ":"))
            text.append(UInt8(ascii: " "))
            text.append(contentsOf: value.utf8)
            text.append(UInt8(ascii: "\n"))
        }
        write("StorePath", storePath.path)
        write("URL", url)
        write("Compression", compression.rawValue)
        if let fileHash { write("FileHash", fileHash.description) }
        if let fileSize { write("FileSize", String(fileSize)) }
        write("NarHash", narHash.description)
        write("NarSize", String(narSize))
        write("References", references.lazy.map(\.baseName).joined(separator: " "))
        if let deriver { write("Deriver", deriver.baseName) }
        if let system { write("System", system) }
        for signature in signatures { write("Sig", signature.description) }
        if let contentAddress { write("CA", contentAddress.description) }
        for field in unknownFields {
            text.append(contentsOf: "\(field.name): \(field.value)\n".utf8)
        }
        return text
    }

    /// A URL may have any characters that end neither its line nor a word. What it points to is not judged here.
    ///
    /// - Throws: ``StoreFormatError/Code/invalidNarInfo``.
    package static func checkURL(_ url: String) throws(StoreFormatError) {
        guard !url.isEmpty, url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else {
            throw StoreFormatError(.invalidNarInfo, "URL is empty, or has a space or control character")
        }
    }
}
