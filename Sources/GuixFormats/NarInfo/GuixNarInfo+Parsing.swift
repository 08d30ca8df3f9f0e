package import StoreFormats

extension GuixNarInfo {
    /// Reads a narinfo.
    ///
    /// What is not canonical is refused, unless it is a known quirk which the caller accepts. Contradictions (a field
    /// twice), and fields of the outcome below the signature, where it does not cover them, are always refused: two
    /// readers might take different ones. So is a second signature, and the word `Signature:` anywhere else, because
    /// clients look for its first place in the text.
    ///
    /// - Parameters:
    ///   - bytes: The file.
    ///   - directory: The store that all paths must lie in.
    ///   - accepted: The quirks to let pass; they are recorded in ``quirks``.
    ///   - limits: How much to read.
    /// - Throws: ``GuixFormatError/Code/invalidNarInfo``, ``GuixFormatError/Code/wrongStoreDirectory``,
    ///   ``GuixFormatError/Code/limitExceeded`` and ``GuixFormatError/Code/quirkNotAccepted``; with the line where there
    ///   is one.
    package init(
        parsing bytes: some Collection<UInt8>, in directory: StoreDirectory = .gnu,
        accepting accepted: Quirks = .seenInServers, limits: Limits = .standard
    ) throws(GuixFormatError) {
        guard bytes.count <= limits.bytes else {
            throw GuixFormatError(.limitExceeded, "narinfo is larger than \(limits.bytes) bytes")
        }
        let text = [UInt8](bytes)
        var reader = GuixNarInfoReader(directory: directory, limits: limits)
        do throws(GuixFormatError) {
            try reader.read(text)
            self = try reader.finish(text)
        } catch {
            throw error.prefixed("narinfo")
        }
        let refused = quirks.subtracting(accepted)
        guard refused.isEmpty else {
            throw GuixFormatError(.quirkNotAccepted, "narinfo: not as servers write it: \(refused)")
        }
    }
}

/// Collects the fields of a narinfo while its lines are read.
private struct GuixNarInfoReader {
    let directory: StoreDirectory
    let limits: GuixNarInfo.Limits

    private var quirks: GuixNarInfo.Quirks = []
    private var seen: Set<Known> = []
    private var last: Known?
    private var storePath: StorePath?
    private var narHash: NarHash?
    private var narSize: UInt64?
    private var references: [StorePath]?
    private var deriver: StorePath?
    private var system: String?
    private var signature: GuixSignature?
    private var malformedSignature: String?
    /// The line that begins with `Signature:`, its end included.
    private var signatureLine: Range<Int>?
    private var downloads: [PartialDownload] = []
    private var unknownFields: [NarInfo.Field] = []

    private struct PartialDownload {
        var url: String
        var compression: String?
        var fileSize: UInt64?
        var hasFileHash = false
        var isSigned: Bool
    }

    /// The fields of the format, in the order in which Guix writes them; those of downloads have no order.
    private enum Known: Int {
        case storePath, narHash, narSize, references, deriver, system, signature
        case url, compression, fileSize, fileHash

        init?(_ line: FieldLines.Line) {
            if line.named("URL") {
                self = .url
            } else if line.named("Compression") {
                self = .compression
            } else if line.named("FileSize") {
                self = .fileSize
            } else if line.named("StorePath") {
                self = .storePath
            } else if line.named("NarHash") {
                self = .narHash
            } else if line.named("NarSize") {
                self = .narSize
            } else if line.named("References") {
                self = .references
            } else if line.named("Deriver") {
                self = .deriver
            } else if line.named("Signature") {
                self = .signature
            } else if line.named("System") {
                self = .system
            } else if line.named("FileHash") {
                self = .fileHash
            } else {
                return nil
            }
        }

        var isOfDownload: Bool { rawValue >= Known.url.rawValue }
    }

    init(directory: StoreDirectory, limits: GuixNarInfo.Limits) {
        self.directory = directory
        self.limits = limits
    }

    mutating func read(_ text: [UInt8]) throws(GuixFormatError) {
        do throws(StoreFormatError) {
            var lines = try FieldLines(text, code: .invalidNarInfo)
            while let line = try lines.next() {
                do throws(GuixFormatError) {
                    try read(line)
                } catch {
                    pending = error.prefixed(String(decoding: line.name, as: UTF8.self)).at(.line(line.number))
                    break
                }
            }
        } catch {
            throw GuixFormatError(error, .invalidNarInfo)
        }
        if let pending { throw pending }
        try checkSignatureIsFirst(in: text)
    }

    /// What one line was refused for.
    private var pending: GuixFormatError?

    private mutating func read(_ line: FieldLines.Line) throws(GuixFormatError) {
        let field = Known(line)
        guard field == .references || line.name.count + 2 + line.value.count <= limits.lineLength else {
            throw GuixFormatError(.limitExceeded, "longer than \(limits.lineLength) bytes")
        }
        if line.isMissingSpace { quirks.insert(.missingSpace) }
        guard let field else { return try readUnknown(line) }
        // Addresses have no place in the order: above the signature they are a quirk of their own.
        guard !field.isOfDownload else { return try readDownload(field, line.value) }
        guard seen.insert(field).inserted else { throw GuixFormatError(.invalidNarInfo, "there twice") }
        guard signatureLine == nil else {
            throw GuixFormatError(.invalidNarInfo, "below the signature, which does not cover it")
        }
        if let last, last.rawValue > field.rawValue { quirks.insert(.fieldOrder) }
        last = field
        try read(field, line)
    }

    private mutating func read(_ field: Known, _ line: FieldLines.Line) throws(GuixFormatError) {
        let value = line.value
        do throws(StoreFormatError) {
            switch field {
            case .storePath: storePath = try StorePath(utf8: value, in: directory)
            case .narHash:
                let (hash, spelling) = try ContentHash.parse(String(decoding: value, as: UTF8.self))
                guard spelling == .nix32 else { throw StoreFormatError(.invalidHash, "not spelled in nix32") }
                narHash = try NarHash(hash)
            case .narSize: narSize = try NarInfo.parseSize(value, atLeast: 1)
            case .references: references = try readReferences(value)
            case .deriver:
                if value.isEmpty {
                    quirks.insert(.emptyDeriver)
                } else {
                    deriver = try StorePath(baseNameUTF8: value, in: directory)
                }
            case .system:
                quirks.insert(.systemField)
                system = String(decoding: value, as: UTF8.self)
            case .signature, .url, .compression, .fileSize, .fileHash: break
            }
        } catch {
            throw GuixFormatError(error, .invalidNarInfo)
        }
        if field == .signature { readSignature(line) }
    }

    private mutating func readSignature(_ line: FieldLines.Line) {
        signatureLine = line.name.startIndex..<(line.value.endIndex + 1)
        do {
            signature = try GuixSignature(utf8: line.value)
        } catch {
            quirks.insert(.malformedSignature)
            malformedSignature = error.message
        }
    }

    private mutating func readDownload(_ field: Known, _ value: ArraySlice<UInt8>) throws(GuixFormatError) {
        do throws(StoreFormatError) {
            if field == .url {
                guard downloads.count < limits.downloads else {
                    throw StoreFormatError(.limitExceeded, "more than \(limits.downloads) downloads")
                }
                let url = String(decoding: value, as: UTF8.self)
                try NarInfo.checkURL(url)
                downloads.append(PartialDownload(url: url, isSigned: signatureLine == nil))
                return
            }
            guard let index = downloads.indices.last else {
                throw StoreFormatError(.invalidNarInfo, "no URL above it")
            }
            // A signed address with a part that is not signed would be neither.
            guard downloads[index].isSigned == (signatureLine == nil) else {
                throw StoreFormatError(.invalidNarInfo, "on the other side of the signature than its URL")
            }
            let twice = StoreFormatError(.invalidNarInfo, "twice for one URL")
            switch field {
            case .compression:
                guard downloads[index].compression == nil else { throw twice }
                downloads[index].compression = String(decoding: value, as: UTF8.self)
            case .fileSize:
                guard downloads[index].fileSize == nil else { throw twice }
                downloads[index].fileSize = try NarInfo.parseSize(value)
            default:
                guard !downloads[index].hasFileHash else { throw twice }
                downloads[index].hasFileHash = true
                quirks.insert(.fileHash)
            }
        } catch {
            throw GuixFormatError(error, .invalidNarInfo)
        }
    }

    private mutating func readUnknown(_ line: FieldLines.Line) throws(GuixFormatError) {
        guard unknownFields.count < limits.unknownFields else {
            throw GuixFormatError(.limitExceeded, "more than \(limits.unknownFields) unknown fields")
        }
        quirks.insert(.unknownFields)
        unknownFields.append(
            NarInfo.Field(
                name: String(decoding: line.name, as: UTF8.self), value: String(decoding: line.value, as: UTF8.self)))
    }

    private mutating func readReferences(_ value: ArraySlice<UInt8>) throws(StoreFormatError) -> [StorePath] {
        let field = try ReferencesField(value, in: directory, limit: limits.references)
        if field.hasExtraSpace { quirks.insert(.referenceSpacing) }
        if field.hasRepetition { quirks.insert(.repeatedReference) }
        if field.isUnsorted { quirks.insert(.unsortedReferences) }
        return field.paths
    }

    /// Clients sign and verify what stands before the first `Signature:` of the text, wherever that is.
    private func checkSignatureIsFirst(in text: [UInt8]) throws(GuixFormatError) {
        let word = [UInt8]("Signature:".utf8)
        let end = signatureLine?.lowerBound ?? text.count
        var position = 0
        while let start = text[position..<end].firstIndex(of: word[0]) {
            if text[start..<end].starts(with: word) {
                throw GuixFormatError(
                    .invalidNarInfo, "the word Signature: stands above the signature", at: .offset(start))
            }
            position = start + 1
        }
    }

    mutating func finish(_ text: [UInt8]) throws(GuixFormatError) -> GuixNarInfo {
        guard let storePath else { throw missing("StorePath") }
        guard let narHash else { throw missing("NarHash") }
        guard let narSize else { throw missing("NarSize") }
        guard let references else { throw missing("References") }
        if signatureLine == nil { quirks.insert(.noSignature) }
        var usable: [GuixNarInfo.Download] = []
        for download in downloads {
            guard let word = download.compression else {
                throw GuixFormatError(.invalidNarInfo, "no Compression for the URL \(download.url)")
            }
            if download.isSigned, signatureLine != nil { quirks.insert(.signedDownloads) }
            guard let compression = NarInfo.Compression(rawValue: word) else {
                quirks.insert(.unknownCompression)
                continue
            }
            usable.append(
                GuixNarInfo.Download(
                    url: download.url, compression: compression, fileSize: download.fileSize,
                    isSigned: download.isSigned && signatureLine != nil))
        }
        if downloads.isEmpty { quirks.insert(.noDownloads) }
        return GuixNarInfo(
            storePath: storePath, narHash: narHash, narSize: narSize, references: references, deriver: deriver,
            system: system, signature: signature, malformedSignature: malformedSignature, downloads: usable,
            unknownFields: unknownFields, quirks: quirks, serialized: text,
            signedLength: signatureLine?.lowerBound ?? text.count,
            signatureEnd: signatureLine?.upperBound ?? text.count)
    }

    private func missing(_ field: String) -> GuixFormatError {
        GuixFormatError(.invalidNarInfo, "no \(field)")
    }
}
