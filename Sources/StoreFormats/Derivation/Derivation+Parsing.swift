extension Derivation {
    /// Reads a derivation from the contents of its file.
    ///
    /// Only the canonical form is read, so that ``serialized()`` gives the same bytes again.
    /// <https://nix.dev/manual/nix/latest/protocols/derivation-aterm>
    ///
    /// - Parameters:
    ///   - bytes: The contents.
    ///   - name: The name of the file's store path, without `.drv`: the contents do not say it.
    ///   - directory: The store that all paths must lie in.
    ///   - limits: How much it may hold.
    /// - Throws: ``StoreFormatError/Code/invalidDerivation``, ``StoreFormatError/Code/truncated``,
    ///   ``StoreFormatError/Code/trailingData``, ``StoreFormatError/Code/limitExceeded``,
    ///   ``StoreFormatError/Code/invalidStorePath``, ``StoreFormatError/Code/wrongStoreDirectory``, and
    ///   ``StoreFormatError/Code/unsupportedDerivation`` for outputs whose paths are not known beforehand (floating,
    ///   deferred, impure) and dynamic inputs.
    public init(
        parsing bytes: some Collection<UInt8>, name: String, in directory: StoreDirectory = .nix,
        limits: Limits = .standard
    ) throws(StoreFormatError) {
        guard bytes.count <= limits.bytes else {
            throw StoreFormatError(.limitExceeded, "derivation \(name): larger than \(limits.bytes) bytes")
        }
        var reader = ATermReader([UInt8](bytes), entryLimit: limits.entries)
        if reader.isNext("DrvWithVersion(") {
            throw StoreFormatError(
                .unsupportedDerivation, "derivation \(name): dynamic derivations are not supported yet")
        }
        try reader.expect("Derive(")
        let outputs = try reader.list { reader throws(StoreFormatError) in try Output(&reader, directory) }
        try reader.expect(",")
        let inputDerivations = try reader.list { reader throws(StoreFormatError) in try Input(&reader, directory) }
        try reader.expect(",")
        let inputSources = try reader.list { reader throws(StoreFormatError) in
            try reader.path(reader.string(), directory)
        }
        try reader.expect(",")
        let system = try reader.name("system")
        try reader.expect(",")
        let builder = ByteString([UInt8](try reader.string()))
        try reader.expect(",")
        let arguments = try reader.list { reader throws(StoreFormatError) in
            ByteString([UInt8](try reader.string()))
        }
        try reader.expect(",")
        let environment = try reader.list { reader throws(StoreFormatError) in
            try reader.expect("(")
            let name = ByteString([UInt8](try reader.string()))
            try reader.expect(",")
            let value = ByteString([UInt8](try reader.string()))
            try reader.expect(")")
            return Variable(name: name, value: value)
        }
        try reader.expect(")")
        try reader.finish()
        try self.init(
            sorted: name, directory: directory, outputs: outputs, inputDerivations: inputDerivations,
            inputSources: inputSources, system: system, builder: builder, arguments: arguments,
            environment: environment)
    }

    /// Reads a derivation from the contents of its file.
    ///
    /// That the path fits the contents is not checked here: compare it with ``storePath()``, or give it to an
    /// ``OutputPathChecker``.
    ///
    /// - Parameters:
    ///   - bytes: The contents.
    ///   - path: The file's store path, which gives name and store.
    ///   - limits: How much it may hold.
    /// - Throws: ``StoreFormatError/Code/invalidDerivation`` for a path without `.drv`, and what
    ///   ``init(parsing:name:in:limits:)`` throws.
    public init(
        parsing bytes: some Collection<UInt8>, at path: StorePath, limits: Limits = .standard
    ) throws(StoreFormatError) {
        try self.init(parsing: bytes, name: try Derivation.name(at: path), in: path.directory, limits: limits)
    }

    /// The name of the derivation that lies at a path.
    static func name(at path: StorePath) throws(StoreFormatError) -> String {
        guard path.isDerivation else {
            throw StoreFormatError(.invalidDerivation, "\(path) is not the path of a derivation, which ends in .drv")
        }
        return String(path.name.dropLast(fileExtension.count))
    }
}

extension Derivation.Output {
    fileprivate init(_ reader: inout ATermReader, _ directory: StoreDirectory) throws(StoreFormatError) {
        try reader.expect("(")
        let name = try reader.name("name of an output")
        try reader.expect(",")
        let path = try reader.string()
        try reader.expect(",")
        let algorithm = try reader.string()
        try reader.expect(",")
        let hash = try reader.string()
        try reader.expect(")")
        if algorithm.isEmpty {
            guard hash.isEmpty else { throw reader.invalid("a hash without its algorithm") }
            guard !path.isEmpty else { throw Derivation.unsupported("output \(name) whose path is not known yet") }
            self.init(name: name, path: try reader.path(path, directory))
            return
        }
        guard !hash.isEmpty else { throw Derivation.unsupported("floating output \(name)") }
        guard !hash.elementsEqual("impure".utf8) else { throw Derivation.unsupported("impure output \(name)") }
        let address = try Derivation.contentAddress(
            algorithm: String(decoding: algorithm, as: UTF8.self), digits: hash)
        self.init(name: name, path: try reader.path(path, directory), contentAddress: address)
    }
}

extension Derivation.Input {
    fileprivate init(_ reader: inout ATermReader, _ directory: StoreDirectory) throws(StoreFormatError) {
        try reader.expect("(")
        let path = try reader.path(reader.string(), directory)
        try reader.expect(",")
        guard !reader.isNext("(") else { throw Derivation.unsupported("dynamic input") }
        let outputs = try reader.list { reader throws(StoreFormatError) in try reader.name("name of an output") }
        try reader.expect(")")
        self.init(path: path, outputs: outputs)
    }
}

extension Derivation {
    fileprivate static func unsupported(_ what: String) -> StoreFormatError {
        StoreFormatError(.unsupportedDerivation, "derivation: \(what) is not supported yet")
    }

    /// Reads what says how a fixed output is hashed: `r:sha256` and hexadecimal digits.
    static func contentAddress(
        algorithm text: String, digits: ArraySlice<UInt8>
    ) throws(StoreFormatError) -> ContentAddress {
        let isRecursive = text.utf8.starts(with: "r:".utf8)
        let word = isRecursive ? String(text.dropFirst(2)) : text
        guard let algorithm = HashAlgorithm(rawValue: word) else {
            throw unsupported("fixed output by another algorithm than md5, sha1, sha256 and sha512")
        }
        do {
            let hash = try ContentHash(algorithm: algorithm, digest: try Base16.decode(digits))
            return try ContentAddress(method: isRecursive ? .recursive : .flat, hash: hash)
        } catch {
            throw StoreFormatError(.invalidDerivation, "derivation: hash of a fixed output: \(error.message)")
        }
    }
}

extension ATermReader {
    /// Reads a string of ASCII that is looked at more closely later.
    fileprivate mutating func name(_ what: String) throws(StoreFormatError) -> String {
        let bytes = try string()
        guard bytes.allSatisfy({ $0 < 0x80 }) else { throw invalid("\(what) that is not ASCII") }
        return String(decoding: bytes, as: UTF8.self)
    }

    fileprivate func path(
        _ bytes: ArraySlice<UInt8>, _ directory: StoreDirectory
    ) throws(StoreFormatError) -> StorePath {
        do {
            return try StorePath(utf8: bytes, in: directory)
        } catch {
            throw error.prefixed("derivation").at(.offset(UInt64(offset)))
        }
    }
}
