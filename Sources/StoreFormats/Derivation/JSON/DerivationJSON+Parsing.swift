extension DerivationJSON {
    /// Reads derivations as any version of Nix up to 2.34 prints them.
    ///
    /// Each derivation must lie at the path that follows from it, so that nothing can be lost or changed on the way
    /// through JSON unnoticed.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - directory: The store that all paths must lie in.
    ///   - limits: How large each derivation may be. The text may be 8 times as large as the largest derivation.
    /// - Returns: The derivations in the order of their paths.
    /// - Throws: ``StoreFormatError/Code/invalidJSON``, ``StoreFormatError/Code/invalidDerivation``,
    ///   ``StoreFormatError/Code/unsupportedDerivation``, ``StoreFormatError/Code/limitExceeded``,
    ///   ``StoreFormatError/Code/invalidStorePath``, ``StoreFormatError/Code/wrongStoreDirectory``.
    public static func parse(
        _ bytes: some Collection<UInt8>, in directory: StoreDirectory = .nix, limits: Derivation.Limits = .standard
    ) throws(StoreFormatError) -> [Entry] {
        var entries: [Entry] = []
        for (stated, value) in try members(bytes, limits) {
            guard let stated else {
                throw StoreFormatError(.invalidJSON, "derivations in JSON: one that stands alone, without its path")
            }
            let path = try storePath(stated, directory)
            let derivation = try draft(value, at: path, directory, limits, isDraft: false)
            let computed = try derivation.storePath()
            guard computed == path else {
                throw StoreFormatError(.invalidJSON, "\(path): the derivation in JSON belongs at \(computed)")
            }
            entries.append(Entry(path: path, derivation: derivation))
        }
        return entries.sorted { $0.path < $1.path }
    }

    /// A derivation as somebody wrote it, who may not know its store path nor those of its outputs.
    public struct Draft: Hashable, Sendable {
        /// The path that it is said to have, nil when it stands alone.
        public let statedPath: StorePath?
        /// What it says. An output without a path has one with a hash part of zeros.
        public let derivation: Derivation
    }

    /// Reads derivations that were written by hand, or one that stands alone, as `nix derivation add` takes it.
    ///
    /// In contrast to ``parse(_:in:limits:)`` the paths of derivations may be others than follow from them, and those of
    /// outputs may be missing. Compute them anew before anything is done with a draft (``OutputPathChecker``).
    ///
    /// - Throws: What ``parse(_:in:limits:)`` throws.
    public static func drafts(
        _ bytes: some Collection<UInt8>, in directory: StoreDirectory = .nix, limits: Derivation.Limits = .standard
    ) throws(StoreFormatError) -> [Draft] {
        var drafts: [Draft] = []
        for (stated, value) in try members(bytes, limits) {
            var path: StorePath?
            if let stated { path = try storePath(stated, directory) }
            drafts.append(
                Draft(statedPath: path, derivation: try draft(value, at: path, directory, limits, isDraft: true)))
        }
        return drafts
    }

    /// The derivations in a text, with the paths that they are said to have.
    private static func members(
        _ bytes: some Collection<UInt8>, _ limits: Derivation.Limits
    ) throws(StoreFormatError) -> [(path: String?, value: JSONValue)] {
        let (limit, _) = limits.bytes.multipliedReportingOverflow(by: 8)
        guard bytes.count <= limit else {
            throw StoreFormatError(.limitExceeded, "derivations in JSON: larger than \(limit) bytes")
        }
        let value = try JSONValue(parsing: [UInt8](bytes))
        let root = try value.asObject("derivations in JSON")
        if root.contains(where: { $0.name == "outputs" }) { return [(nil, value)] }
        // Since version 4 the derivations are one member of several.
        let members = try root.first { $0.name == "derivations" }?.value.asObject("derivations") ?? root
        return members.map { ($0.name, $0.value) }
    }

    private static func draft(
        _ value: JSONValue, at path: StorePath?, _ directory: StoreDirectory, _ limits: Derivation.Limits, isDraft: Bool
    ) throws(StoreFormatError) -> Derivation {
        do throws(StoreFormatError) {
            let fields = Fields(try value.asObject("derivation"))
            let stated = try fields["name"]?.asString("name")
            guard let path else {
                guard let stated else {
                    throw StoreFormatError(
                        .invalidJSON, "stands alone and has no name; add \"name\", or put it below its store path")
                }
                return try parse(fields, stated, directory, limits, isDraft: isDraft)
            }
            let name = try Derivation.name(at: path)
            guard stated == nil || stated == name else {
                throw StoreFormatError(.invalidJSON, "name is not that of the path")
            }
            return try parse(fields, name, directory, limits, isDraft: isDraft)
        } catch {
            throw error.prefixed(path.map { "\($0)" } ?? "derivation in JSON")
        }
    }

    private static func parse(
        _ fields: Fields, _ name: String, _ directory: StoreDirectory, _ limits: Derivation.Limits, isDraft: Bool
    ) throws(StoreFormatError) -> Derivation {
        if let version = fields["version"], ![.number("3"), .number("4")].contains(version) {
            throw StoreFormatError(.invalidJSON, "version of the JSON format is not known; versions up to 4 are")
        }
        let inputs = Fields(try fields["inputs"]?.asObject("inputs") ?? [])
        var environment: [Derivation.Variable] = []
        for member in try fields.get("env").asObject("env") {
            environment.append(
                .init(name: ByteString(member.name), value: ByteString(try member.value.asString("variable"))))
        }
        if let attributes = fields["structuredAttrs"] {
            _ = try attributes.asObject("structuredAttrs")
            let text = attributes.sorted.serialized(indented: false)
            environment.append(.init(name: ByteString(structuredAttributes), value: ByteString(text)))
        }
        let outputs = try outputs(
            try fields.get("outputs").asObject("outputs"), name, directory, isDraft: isDraft)
        let inputMembers = if let value = inputs["drvs"] { value } else { try fields.get("inputDrvs") }
        let sources = if let value = inputs["srcs"] { value } else { try fields.get("inputSrcs") }
        var inputSources: [StorePath] = []
        for source in try strings(sources, "input sources") { inputSources.append(try storePath(source, directory)) }
        let arguments = try strings(try fields.get("args"), "args")
        let derivation = try Derivation(
            name: name, directory: directory, outputs: outputs,
            inputDerivations: try inputDerivations(try inputMembers.asObject("input derivations"), directory),
            inputSources: inputSources, system: try fields.get("system").asString("system"),
            builder: ByteString(try fields.get("builder").asString("builder")),
            arguments: arguments.map { ByteString($0) }, environment: environment)
        let counts = [
            derivation.outputs.count, derivation.inputDerivations.count, derivation.inputSources.count,
            derivation.arguments.count, derivation.environment.count,
        ]
        guard counts.allSatisfy({ $0 <= limits.entries }) else {
            throw StoreFormatError(.limitExceeded, "a list of more than \(limits.entries) elements")
        }
        return derivation
    }

    private static func outputs(
        _ members: [JSONValue.Member], _ name: String, _ directory: StoreDirectory, isDraft: Bool
    ) throws(StoreFormatError) -> [Derivation.Output] {
        var outputs: [Derivation.Output] = []
        for member in members {
            let fields = Fields(try member.value.asObject("output"))
            let address = try contentAddress(fields)
            if let path = fields["path"], path != .null {
                let path = try storePath(try path.asString("path of an output"), directory)
                outputs.append(.init(name: member.name, path: path, contentAddress: address))
            } else if let address {
                // Version 4 leaves out what follows from the hash.
                let outputName = Derivation.outputPathName(derivation: name, output: member.name)
                let path = try address.storePath(name: outputName, in: directory)
                outputs.append(.init(name: member.name, path: path, contentAddress: address))
            } else if isDraft {
                let outputName = Derivation.outputPathName(derivation: name, output: member.name)
                let zeros = [UInt8](repeating: 0, count: StorePath.hashPartByteCount)
                let path = try StorePath(hashPart: zeros, name: outputName, in: directory)
                outputs.append(.init(name: member.name, path: path, contentAddress: nil))
            } else {
                throw StoreFormatError(
                    .unsupportedDerivation, "output whose path is not known yet is not supported yet")
            }
        }
        return outputs
    }

    private static func contentAddress(_ fields: Fields) throws(StoreFormatError) -> ContentAddress? {
        guard let value = fields["hash"] else {
            guard fields["hashAlgo"] == nil else {
                throw StoreFormatError(.unsupportedDerivation, "floating or impure output is not supported yet")
            }
            return nil
        }
        let method = try fields["method"]?.asString("method")
        guard let algorithm = try fields["hashAlgo"]?.asString("hashAlgo") else {
            let hash = try contentHash(value)
            switch method {
            case "nar": return try ContentAddress(method: .recursive, hash: hash)
            case "flat": return try ContentAddress(method: .flat, hash: hash)
            default:
                throw StoreFormatError(.unsupportedDerivation, "fixed output by another method than nar and flat")
            }
        }
        let prefix: String
        switch method {
        case nil, "flat": prefix = ""
        case "nar": prefix = "r:"
        default: throw StoreFormatError(.unsupportedDerivation, "fixed output by another method than nar and flat")
        }
        return try Derivation.contentAddress(
            algorithm: prefix + algorithm, digits: Array(try value.asString("hash").utf8)[...])
    }

    /// Reads a hash of version 4: a text, or for a while an object.
    private static func contentHash(_ value: JSONValue) throws(StoreFormatError) -> ContentHash {
        guard case .object(let members) = value else {
            let (hash, spelling) = try ContentHash.parse(try value.asString("hash"))
            guard spelling == .sri else { throw StoreFormatError(.invalidJSON, "hash is not written like sha256-…") }
            return hash
        }
        let fields = Fields(members)
        guard let algorithm = HashAlgorithm(rawValue: try fields.get("algorithm").asString("algorithm")),
            try fields.get("format").asString("format") == "base64"
        else { throw StoreFormatError(.invalidJSON, "hash of an unknown algorithm or format") }
        return try ContentHash(
            algorithm: algorithm, digest: try Base64.decode(try fields.get("hash").asString("hash")))
    }

    private static func inputDerivations(
        _ members: [JSONValue.Member], _ directory: StoreDirectory
    ) throws(StoreFormatError) -> [Derivation.Input] {
        var inputs: [Derivation.Input] = []
        for member in members {
            let path = try storePath(member.name, directory)
            var outputs = member.value
            // Since 2.18 the names stand beside dynamic outputs.
            if case .object(let members) = outputs {
                let fields = Fields(members)
                outputs = try fields.get("outputs")
                if let dynamic = fields["dynamicOutputs"], try !dynamic.asObject("dynamicOutputs").isEmpty {
                    throw StoreFormatError(.unsupportedDerivation, "dynamic input is not supported yet")
                }
            }
            inputs.append(.init(path: path, outputs: try strings(outputs, "outputs of an input")))
        }
        return inputs
    }

    private static func strings(_ value: JSONValue, _ what: String) throws(StoreFormatError) -> [String] {
        var strings: [String] = []
        for element in try value.asArray(what) { strings.append(try element.asString(what)) }
        return strings
    }

    /// Reads a store path with or without its directory.
    private static func storePath(
        _ text: String, _ directory: StoreDirectory
    ) throws(StoreFormatError) -> StorePath {
        text.utf8.first == UInt8(ascii: "/")
            ? try StorePath(text, in: directory) : try StorePath(baseName: text, in: directory)
    }

    /// The members of an object by name.
    private struct Fields {
        private let values: [String: JSONValue]

        init(_ members: [JSONValue.Member]) {
            values = Dictionary(members.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        }

        subscript(name: String) -> JSONValue? { values[name] }

        func get(_ name: String) throws(StoreFormatError) -> JSONValue {
            guard let value = values[name] else {
                throw StoreFormatError(.invalidJSON, "derivation in JSON without \(name)")
            }
            return value
        }
    }
}
