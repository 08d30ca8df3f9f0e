extension Derivation {
    /// What the derivation's own file refers to: its input derivations and input sources, sorted.
    public var references: [StorePath] {
        // A derivation may be both, read as a file and built.
        Set(inputDerivations.map(\.path) + inputSources).sorted()
    }

    /// The store path of the derivation's own file.
    ///
    /// - Throws: ``StoreFormatError/Code/invalidStorePath``.
    public func storePath() throws(StoreFormatError) -> StorePath {
        try .text(
            name: name + Derivation.fileExtension, contents: serialized(), references: references, in: directory)
    }

    /// The hash that stands for the derivation where others that need it are hashed: the same for derivations that
    /// make the same, however their fixed outputs are fetched.
    ///
    /// <https://nix.dev/manual/nix/latest/store/derivation/outputs/input-address>
    ///
    /// - Parameters:
    ///   - inputs: The hashes of the input derivations.
    ///   - masksOutputs: Whether it is for computing the derivation's own output paths, which it then leaves out.
    func hashModulo(
        inputs: (StorePath) throws(StoreFormatError) -> ContentHash, masksOutputs: Bool
    ) throws(StoreFormatError) -> ContentHash {
        if let output = outputs.first, let address = output.contentAddress {
            let digits = Base16.encode(address.hash.digest)
            let text = "fixed:out:\(address.derivationAlgorithm):\(digits):\(output.path.path)"
            return ContentHash(of: Array(text.utf8), algorithm: .sha256)
        }
        // Inputs of one hash are one input, of which all named outputs are needed.
        var outputsByHash: [String: Set<String>] = [:]
        for input in inputDerivations {
            let hash = try inputs(input.path)
            outputsByHash[Base16.encode(hash.digest), default: []].formUnion(input.outputs)
        }
        let written = outputsByHash.map { WrittenInput(name: $0.key, outputs: $0.value.sorted()) }
            .sorted { $0.name < $1.name }
        return ContentHash(of: serialized(inputs: written, masksOutputs: masksOutputs), algorithm: .sha256)
    }

    /// The paths that the outputs must have.
    func computedOutputPaths(
        inputs: (StorePath) throws(StoreFormatError) -> ContentHash
    ) throws(StoreFormatError) -> [StorePath] {
        var paths: [StorePath] = []
        if let output = outputs.first, let address = output.contentAddress {
            let outputName = Derivation.outputPathName(derivation: name, output: output.name)
            return [try address.storePath(name: outputName, in: directory)]
        }
        let hash = try hashModulo(inputs: inputs, masksOutputs: true)
        for output in outputs {
            paths.append(try .output(output.name, of: name, hashModulo: hash, in: directory))
        }
        return paths
    }
}

extension StorePath {
    /// Computes the path of an output of an input-addressed derivation.
    ///
    /// <https://nix.dev/manual/nix/latest/protocols/store-path>
    ///
    /// - Parameters:
    ///   - output: The output's name, such as `out`.
    ///   - derivationName: The derivation's name, without `.drv`.
    ///   - hashModulo: The SHA-256 of the derivation with its inputs replaced by their hashes and its outputs left out.
    ///   - directory: The store.
    /// - Throws: ``StoreFormatError/Code/invalidStorePath``, and ``StoreFormatError/Code/invalidHash`` for a hash of
    ///   another algorithm.
    public static func output(
        _ output: String, of derivationName: String, hashModulo: ContentHash, in directory: StoreDirectory = .nix
    ) throws(StoreFormatError) -> StorePath {
        guard hashModulo.algorithm == .sha256 else {
            throw StoreFormatError(.invalidHash, "output paths are computed from sha256, not \(hashModulo.algorithm)")
        }
        return try compute(
            type: "output:\(output)", digest: hashModulo.digest,
            name: Derivation.outputPathName(derivation: derivationName, output: output), in: directory)
    }
}
