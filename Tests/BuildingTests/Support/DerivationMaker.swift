import StoreFormats

/// Makes derivations as a package manager would, with the right output paths.
struct DerivationMaker {
    let directory: StoreDirectory
    private(set) var derivations: [StorePath: Derivation] = [:]

    init(_ directory: StoreDirectory = .nix) {
        self.directory = directory
    }

    /// A derivation whose builder is the host's shell.
    mutating func shell(
        _ name: String, _ script: String, outputs: [String] = ["out"], fixed: ContentAddress? = nil,
        inputs: [StorePath] = [], sources: [StorePath] = [], environment: [String: String] = [:]
    ) throws -> StorePath {
        var environment = environment
        environment["PATH"] = environment["PATH"] ?? "/bin:/usr/bin"
        return try make(
            name, builder: "/bin/sh", arguments: ["-ec", script], outputs: outputs, fixed: fixed, inputs: inputs,
            sources: sources, environment: environment)
    }

    mutating func make(
        _ name: String, builder: String, arguments: [String] = [], outputs: [String] = ["out"],
        fixed: ContentAddress? = nil, inputs: [StorePath] = [], sources: [StorePath] = [],
        system: String = "x86_64-linux",
        environment: [String: String] = [:]
    ) throws -> StorePath {
        func derivation(_ paths: [String: StorePath]) throws -> Derivation {
            var variables = environment
            for name in outputs { variables[name] = paths[name]?.path }
            return try Derivation(
                name: name, directory: directory,
                outputs: outputs.compactMap { output in
                    paths[output].map { .init(name: output, path: $0, contentAddress: fixed) }
                },
                inputDerivations: inputs.map { path in
                    .init(path: path, outputs: derivations[path]?.outputs.map(\.name) ?? ["out"])
                },
                inputSources: sources, system: system, builder: ByteString(builder),
                arguments: arguments.map { ByteString($0) },
                environment: variables.map { .init(name: ByteString($0.key), value: ByteString($0.value)) })
        }
        // With any paths at first: the checker says which ones are right.
        var paths: [String: StorePath] = [:]
        for output in outputs {
            let base = Derivation.outputPathName(derivation: name, output: output)
            paths[output] = try StorePath(baseName: "\(String(repeating: "0", count: 32))-\(base)", in: directory)
        }
        let draft = try derivation(paths)
        var checker = OutputPathChecker()
        let known = derivations
        let draftPath = try draft.storePath()
        for mismatch in try checker.check(
            draftPath,
            load: { path in
                if path == draftPath { return draft }
                guard let other = known[path] else { throw StoreFormatError(.invalidDerivation, "unknown \(path)") }
                return other
            })
        {
            if case .outputPath(let name, _, let computed) = mismatch.kind { paths[name] = computed }
        }
        let finished = try derivation(paths)
        let path = try finished.storePath()
        derivations[path] = finished
        return path
    }

    func output(_ name: String = "out", of path: StorePath) throws -> StorePath {
        guard let output = derivations[path]?.output(named: name) else {
            throw StoreFormatError(.invalidDerivation, "no output \(name)")
        }
        return output.path
    }
}
