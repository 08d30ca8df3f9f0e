extension NarInfo {
    /// Reads a narinfo.
    ///
    /// What is not canonical is refused, unless it is a known quirk which the caller accepts. Contradictions (one field
    /// with two values) are always refused, because two readers might take different ones.
    ///
    /// - Parameters:
    ///   - bytes: The file.
    ///   - directory: The store that all paths must lie in.
    ///   - accepted: The quirks to let pass; they are recorded in ``quirks``.
    ///   - limits: How much to read.
    /// - Throws: ``StoreFormatError/Code/invalidNarInfo``, ``StoreFormatError/Code/truncated``,
    ///   ``StoreFormatError/Code/wrongStoreDirectory``, ``StoreFormatError/Code/invalidStorePath``,
    ///   ``StoreFormatError/Code/limitExceeded``, ``StoreFormatError/Code/unsupported`` (compression), and
    ///   ``StoreFormatError/Code/quirkNotAccepted``; with the line where there is one.
    public init(
        parsing bytes: some Collection<UInt8>, in directory: StoreDirectory = .nix, accepting accepted: Quirks = [],
        limits: Limits = .standard
    ) throws(StoreFormatError) {
        guard bytes.count <= limits.bytes else {
            throw StoreFormatError(.limitExceeded, "narinfo is larger than \(limits.bytes) bytes")
        }
        let text = [UInt8](bytes)
        var reader = NarInfoReader(directory: directory, limits: limits)
        do {
            var lines = try FieldLines(text, code: .invalidNarInfo)
            while let line = try lines.next() { try reader.read(line) }
            self = try reader.finish(text)
        } catch {
            throw error.prefixed("narinfo")
        }
        let refused = quirks.subtracting(accepted)
        guard refused.isEmpty else {
            throw StoreFormatError(.quirkNotAccepted, "narinfo: not in canonical form: \(refused)")
        }
    }
}

/// Collects the fields of a narinfo while its lines are read.
private struct NarInfoReader {
    let directory: StoreDirectory
    let limits: NarInfo.Limits

    private var quirks: NarInfo.Quirks = []
    private var seen: [Known: ArraySlice<UInt8>] = [:]
    private var lastKnown: Known?
    private var storePath: StorePath?
    private var url: String?
    private var compression: NarInfo.Compression?
    private var fileHash: ContentHash?
    private var fileSize: UInt64?
    private var narHash: NarHash?
    private var narSize: UInt64?
    private var references: [StorePath] = []
    private var deriver: StorePath?
    private var system: String?
    private var signatures: [NixSignature] = []
    private var malformedSignatures: [String] = []
    private var contentAddress: ContentAddress?
    private var unknownFields: [NarInfo.Field] = []

    /// The fields of the format, in the order in which Nix writes them.
    private enum Known: Int {
        case storePath
        case url
        case compression
        case fileHash
        case fileSize
        case narHash
        case narSize
        case references
        case deriver
        case system
        case sig
        case ca

        init?(_ line: FieldLines.Line) {
            if line.named("Sig") {
                self = .sig
            } else if line.named("References") {
                self = .references
            } else if line.named("StorePath") {
                self = .storePath
            } else if line.named("URL") {
                self = .url
            } else if line.named("Compression") {
                self = .compression
            } else if line.named("FileHash") {
                self = .fileHash
            } else if line.named("FileSize") {
                self = .fileSize
            } else if line.named("NarHash") {
                self = .narHash
            } else if line.named("NarSize") {
                self = .narSize
            } else if line.named("Deriver") {
                self = .deriver
            } else if line.named("System") {
                self = .system
            } else if line.named("CA") {
                self = .ca
            } else {
                return nil
            }
        }
    }

    init(directory: StoreDirectory, limits: NarInfo.Limits) {
        self.directory = directory
        self.limits = limits
    }

    mutating func read(_ line: FieldLines.Line) throws(StoreFormatError) {
        let field = Known(line)
        guard field == .references || line.name.count + 2 + line.value.count <= limits.lineLength else {
            throw StoreFormatError(
                .limitExceeded, "line longer than \(limits.lineLength) bytes", at: .line(line.number))
        }
        if line.isMissingSpace { quirks.insert(.missingSpace) }
        do throws(StoreFormatError) {
            guard let field else { return try readUnknown(line) }
            if let last = lastKnown, last.rawValue > field.rawValue { quirks.insert(.fieldOrder) }
            // A field that the format knows and which stands behind an unknown one is out of order, too.
            if !unknownFields.isEmpty { quirks.insert(.fieldOrder) }
            lastKnown = field
            if field != .sig {
                if let earlier = seen[field] {
                    guard earlier == line.value else {
                        throw StoreFormatError(
                            .invalidNarInfo, "\(String(decoding: line.name, as: UTF8.self)) twice with two values")
                    }
                    quirks.insert(.repeatedField)
                    return
                }
                seen[field] = line.value
            }
            try read(field, line.value)
        } catch {
            throw error.prefixed(String(decoding: line.name, as: UTF8.self)).at(.line(line.number))
        }
    }

    private mutating func read(_ field: Known, _ value: ArraySlice<UInt8>) throws(StoreFormatError) {
        switch field {
        case .storePath: storePath = try StorePath(utf8: value, in: directory)
        case .url: url = try readURL(value)
        case .compression: compression = try readCompression(value)
        case .fileHash:
            let hash = try readHash(value)
            if hash.algorithm != .sha256 { quirks.insert(.fileHashAlgorithm) }
            fileHash = hash
        case .fileSize: fileSize = try NarInfo.parseSize(value)
        case .narHash: narHash = try NarHash(try readHash(value))
        case .narSize:
            let size = try NarInfo.parseSize(value)
            guard size > 0 else { throw StoreFormatError(.invalidNarInfo, "no NAR has size 0") }
            narSize = size
        case .references: references = try readReferences(value)
        case .deriver:
            if value.elementsEqual("unknown-deriver".utf8) {
                quirks.insert(.unknownDeriver)
            } else {
                deriver = try StorePath(baseNameUTF8: value, in: directory)
            }
        case .system:
            quirks.insert(.systemField)
            system = String(decoding: value, as: UTF8.self)
        case .sig: try readSignature(value)
        case .ca: contentAddress = try readContentAddress(value)
        }
    }

    private mutating func readUnknown(_ line: FieldLines.Line) throws(StoreFormatError) {
        guard unknownFields.count < limits.unknownFields else {
            throw StoreFormatError(.limitExceeded, "more than \(limits.unknownFields) unknown fields")
        }
        quirks.insert(.unknownFields)
        unknownFields.append(
            NarInfo.Field(
                name: String(decoding: line.name, as: UTF8.self), value: String(decoding: line.value, as: UTF8.self)))
    }

    private func readURL(_ value: ArraySlice<UInt8>) throws(StoreFormatError) -> String {
        let url = String(decoding: value, as: UTF8.self)
        try NarInfo.checkURL(url)
        return url
    }

    private mutating func readCompression(
        _ value: ArraySlice<UInt8>
    ) throws(StoreFormatError) -> NarInfo.Compression {
        if value.isEmpty {
            quirks.insert(.missingCompression)
            return .bzip2
        }
        guard let compression = NarInfo.Compression(rawValue: String(decoding: value, as: UTF8.self)) else {
            throw StoreFormatError(.unsupported, "unknown compression")
        }
        return compression
    }

    private mutating func readHash(_ value: ArraySlice<UInt8>) throws(StoreFormatError) -> ContentHash {
        do {
            let (hash, spelling) = try ContentHash.parse(utf8: value)
            if spelling != .nix32 { quirks.insert(.hashSpelling) }
            return hash
        } catch {
            throw StoreFormatError(.invalidNarInfo, error.message)
        }
    }

    private mutating func readReferences(_ value: ArraySlice<UInt8>) throws(StoreFormatError) -> [StorePath] {
        let field = try ReferencesField(value, in: directory, limit: limits.references)
        if field.hasExtraSpace { quirks.insert(.referenceSpacing) }
        if field.hasRepetition { quirks.insert(.repeatedReference) }
        if field.isUnsorted { quirks.insert(.unsortedReferences) }
        return field.paths
    }

    private mutating func readSignature(_ value: ArraySlice<UInt8>) throws(StoreFormatError) {
        guard signatures.count + malformedSignatures.count < limits.signatures else {
            throw StoreFormatError(.limitExceeded, "more than \(limits.signatures) signatures")
        }
        do {
            let signature = try NixSignature(utf8: value)
            if signatures.contains(where: { $0.keyName == signature.keyName }) { quirks.insert(.repeatedSignature) }
            signatures.append(signature)
        } catch {
            quirks.insert(.malformedSignature)
            malformedSignatures.append(String(decoding: value, as: UTF8.self))
        }
    }

    private mutating func readContentAddress(
        _ value: ArraySlice<UInt8>
    ) throws(StoreFormatError) -> ContentAddress? {
        guard !value.isEmpty else {
            quirks.insert(.emptyContentAddress)
            return nil
        }
        do {
            let (address, spelling) = try ContentAddress.parse(String(decoding: value, as: UTF8.self))
            if spelling != .nix32 { quirks.insert(.hashSpelling) }
            return address
        } catch {
            throw StoreFormatError(.invalidNarInfo, error.message)
        }
    }

    mutating func finish(_ text: [UInt8]) throws(StoreFormatError) -> NarInfo {
        guard let storePath else { throw missing("StorePath") }
        guard let url else { throw missing("URL") }
        guard let narHash else { throw missing("NarHash") }
        guard let narSize else { throw missing("NarSize") }
        if compression == nil { quirks.insert(.missingCompression) }
        if fileHash == nil { quirks.insert(.missingFileHash) }
        if fileSize == nil { quirks.insert(.missingFileSize) }
        if seen[.references] == nil { quirks.insert(.missingReferences) }
        func make(_ original: [UInt8]?) -> NarInfo {
            NarInfo(
                storePath: storePath, url: url, compression: compression ?? .bzip2, fileHash: fileHash,
                fileSize: fileSize, narHash: narHash, narSize: narSize, references: references, deriver: deriver,
                system: system, signatures: signatures, malformedSignatures: malformedSignatures,
                contentAddress: contentAddress, unknownFields: unknownFields, quirks: quirks, original: original)
        }
        let canonical = make(nil)
        if canonical.rendered() == text { return canonical }
        guard !quirks.isEmpty else {
            // Each difference must have a name; one without a name is a hole in this parser, so it is refused.
            throw StoreFormatError(.invalidNarInfo, "not in canonical form")
        }
        return make(text)
    }

    private func missing(_ field: String) -> StoreFormatError {
        StoreFormatError(.invalidNarInfo, "no \(field)")
    }
}
