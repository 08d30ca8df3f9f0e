/// Reads a stream of exported store objects that comes in pieces: what `nix-store --export` and `guix archive --export`
/// write.
///
/// Each object is the number 1, its NAR, a magic number, its path, its references, its deriver and perhaps a signature;
/// the number 0 ends the stream. Only the canonical form is read: references sorted, each once, padding of zeros.
///
/// The parser does no input or output. It hashes each NAR while it passes it on, and keeps what stands behind it.
/// <https://nix.dev/manual/nix/latest/protocols/nix-archive>
public struct ExportParser {
    /// The store that all paths must lie in.
    public let directory: StoreDirectory

    /// The limits.
    public let limits: ExportLimits

    /// How many bytes were read.
    public private(set) var offset: UInt64 = 0

    /// How many objects are complete.
    public private(set) var objectCount = 0

    /// What comes next.
    private enum Expectation: Equatable {
        case object
        case nar
        case magic
        case path
        case referenceCount
        case reference(left: UInt64)
        case deriver
        case signatureMarker
        case signature
        case end
        case failed
    }

    private var expectation = Expectation.object
    /// The beginning of a number or string that did not come at once.
    private var pending: [UInt8] = []
    private var parser = NarParser()
    private var hasher = NarHasher()
    private var digest: NarDigest?
    private var path: StorePath?
    private var references: [StorePath] = []
    private var deriver: StorePath?
    private var signedHash: ContentHash?

    /// Starts a stream.
    public init(in directory: StoreDirectory = .nix, limits: ExportLimits = .standard) {
        self.directory = directory
        self.limits = limits
    }

    /// Whether the stream has ended, so that nothing may follow.
    public var isComplete: Bool { expectation == .end }

    /// Takes the next piece of the stream.
    ///
    /// - Parameters:
    ///   - bytes: The piece, of any size.
    ///   - receiver: Is told what it holds.
    /// - Throws: ``StoreFormatError/Code/invalidExport``, ``StoreFormatError/Code/invalidNar``,
    ///   ``StoreFormatError/Code/limitExceeded``, ``StoreFormatError/Code/trailingData``,
    ///   ``StoreFormatError/Code/invalidStorePath``, ``StoreFormatError/Code/wrongStoreDirectory``, and what the receiver
    ///   throws. After an error the parser accepts nothing more.
    public mutating func push(_ bytes: UnsafeRawBufferPointer, to receiver: inout some ExportReceiver) throws {
        var state = expectation
        // Set again at the end: an error, also of the receiver, leaves a parser that refuses everything.
        expectation = .failed
        guard state != .failed else { throw invalid("the parser has failed before") }
        var input = bytes
        while !input.isEmpty, state != .end {
            if state == .nar {
                let taken = try parser.consume(input, to: &receiver)
                let piece = UnsafeRawBufferPointer(rebasing: input[..<taken])
                hasher.update(piece)
                offset += UInt64(taken)
                input = UnsafeRawBufferPointer(rebasing: input[taken...])
                guard parser.isComplete else { continue }
                digest = hasher.digest()
                state = .magic
            } else if let field = try takeField(&input, state) {
                try accept(field, &state, &receiver)
            }
        }
        guard input.isEmpty else {
            throw StoreFormatError(.trailingData, "export: bytes behind its end", at: .offset(offset))
        }
        expectation = state
    }

    /// Takes the next piece of the stream.
    public mutating func push(_ bytes: [UInt8], to receiver: inout some ExportReceiver) throws {
        try bytes.withUnsafeBytes { try push($0, to: &receiver) }
    }

    /// Says that the stream has ended.
    ///
    /// - Throws: ``StoreFormatError/Code/truncated`` when it ended in the middle.
    public func finish() throws(StoreFormatError) {
        guard isComplete else { throw StoreFormatError(.truncated, "export: ends too early", at: .offset(offset)) }
    }

    // MARK: Fields

    /// A number, or a string with its padding taken off.
    private enum Field {
        case number(UInt64)
        case string([UInt8])
    }

    /// Takes a field; nil when it is not all there yet.
    private mutating func takeField(
        _ input: inout UnsafeRawBufferPointer, _ state: Expectation
    ) throws(StoreFormatError) -> Field? {
        guard fill(8, &input) else { return nil }
        let number = pending.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        let longest: Int
        switch state {
        case .object, .magic, .referenceCount, .signatureMarker:
            finishField(state)
            return .number(number)
        case .signature:
            longest = ExportLimits.maximumSignatureLength
        default:
            longest = directory.path.utf8.count + 1 + StorePath.hashPartLength + 1 + StorePath.maximumNameLength
        }
        guard number <= UInt64(longest) else {
            throw StoreFormatError(
                .limitExceeded, "export: path or signature longer than \(longest) bytes", at: .offset(offset))
        }
        let length = Int(number)
        guard fill(8 + (length + 7) & ~7, &input) else { return nil }
        let text = [UInt8](pending[8..<(8 + length)])
        guard pending[(8 + length)...].allSatisfy({ $0 == 0 }) else { throw invalid("padding that is not zero") }
        finishField(state)
        return .string(text)
    }

    /// Moves bytes to the pending ones until there are `count`; says whether there are.
    private mutating func fill(_ count: Int, _ input: inout UnsafeRawBufferPointer) -> Bool {
        let moved = max(0, min(count - pending.count, input.count))
        pending.append(contentsOf: input[..<moved])
        offset += UInt64(moved)
        input = UnsafeRawBufferPointer(rebasing: input[moved...])
        return pending.count >= count
    }

    private mutating func finishField(_ state: Expectation) {
        switch state {
        case .magic, .path, .referenceCount, .reference, .deriver: hasher.update(pending)
        default: break
        }
        pending.removeAll(keepingCapacity: true)
    }

    // MARK: Grammar

    private mutating func accept(
        _ field: Field, _ state: inout Expectation, _ receiver: inout some ExportReceiver
    ) throws {
        switch (state, field) {
        case (.object, .number(ExportMarker.object)):
            guard objectCount < limits.objects else {
                throw StoreFormatError(
                    .limitExceeded, "export: more than \(limits.objects) objects", at: .offset(offset))
            }
            parser = NarParser(limits: limits.nar)
            hasher = NarHasher()
            references = []
            try receiver.beginObject()
            state = .nar
        case (.object, .number(ExportMarker.end)):
            state = .end
        case (.magic, .number(ExportMarker.magic)):
            state = .path
        case (.path, .string(let text)):
            path = try storePath(text)
            state = .referenceCount
        case (.referenceCount, .number(let count)):
            guard count <= UInt64(limits.references) else {
                throw StoreFormatError(
                    .limitExceeded, "export: more than \(limits.references) references", at: .offset(offset))
            }
            state = count > 0 ? .reference(left: count) : .deriver
        case (.reference(let left), .string(let text)):
            let reference = try storePath(text)
            if let last = references.last, !(last < reference) {
                throw invalid("references that are not sorted, each once")
            }
            references.append(reference)
            state = left > 1 ? .reference(left: left - 1) : .deriver
        case (.deriver, .string(let text)):
            deriver = text.isEmpty ? nil : try storePath(text)
            signedHash = hasher.digest().hash.contentHash
            state = .signatureMarker
        case (.signatureMarker, .number(ExportMarker.noSignature)):
            try end(signature: nil, &receiver)
            state = .object
        case (.signatureMarker, .number(ExportMarker.signature)):
            state = .signature
        case (.signature, .string(let text)):
            try end(signature: ByteString(text), &receiver)
            state = .object
        default:
            throw invalid("a number that cannot stand here")
        }
    }

    private mutating func end(signature: ByteString?, _ receiver: inout some ExportReceiver) throws {
        guard let path, let digest, let signedHash else { throw invalid("an object without a path") }
        try receiver.endObject(
            ExportedObject(
                path: path, nar: digest, references: references, deriver: deriver, signature: signature,
                signedHash: signedHash))
        objectCount += 1
    }

    private func storePath(_ text: [UInt8]) throws(StoreFormatError) -> StorePath {
        do {
            return try StorePath(utf8: text[...], in: directory)
        } catch {
            throw error.prefixed("export").at(.offset(offset))
        }
    }

    private func invalid(_ message: String) -> StoreFormatError {
        StoreFormatError(.invalidExport, "export: \(message)", at: .offset(offset))
    }
}
