package import StoreFormats

/// Derivations without any tool that writes them.
package enum HandMade {
    /// A derivation with one output, which a shell's words make.
    ///
    /// - Parameters:
    ///   - script: For `/bin/sh`, as the sandbox shows it.
    ///   - inputs: Derivations that it needs the outputs `out` of.
    ///   - beneath: What those need in turn.
    ///   - environment: More variables.
    ///   - fixed: What the output has to be.
    ///   - builder: With the script as its second argument if it is a program.
    ///   - sources: Store paths that it needs as they are.
    package static func derivation(
        _ name: String, script: String = "echo hello > $out", system: String = "x86_64-linux",
        inputs: [Derivation] = [], beneath: [Derivation] = [], environment: [(String, String)] = [],
        fixed: ContentAddress? = nil, builder: String = "/bin/sh", sources: [StorePath] = [],
        in directory: StoreDirectory = .nix
    ) throws -> Derivation {
        func make(_ output: StorePath) throws -> Derivation {
            var variables = [("out", output.path), ("name", name), ("system", system), ("builder", builder)]
            variables += environment
            return try Derivation(
                name: name, directory: directory,
                outputs: [Derivation.Output(name: "out", path: output, contentAddress: fixed)],
                inputDerivations: try inputs.map { try Derivation.Input(path: $0.storePath(), outputs: ["out"]) }
                    .sorted { $0.path < $1.path },
                inputSources: sources, system: system, builder: ByteString(builder),
                arguments: builder.hasPrefix("builtin:") ? [] : ["-c", ByteString(script)],
                environment: variables.sorted { $0.0 < $1.0 }.map {
                    Derivation.Variable(name: ByteString($0.0), value: ByteString($0.1))
                })
        }
        let known = Dictionary(
            try (inputs + beneath).map { (try $0.storePath(), $0) }, uniquingKeysWith: { first, _ in first })
        let draft = try make(
            StorePath(hashPart: [UInt8](repeating: 0, count: StorePath.hashPartByteCount), name: name, in: directory))
        let path = try draft.storePath()
        var checker = OutputPathChecker()
        let wrong = try checker.check(path) { asked in
            guard let derivation = asked == path ? draft : known[asked] else { throw MissingDerivation(path: asked) }
            return derivation
        }
        for case .outputPath(_, _, let computed) in wrong.map(\.kind) { return try make(computed) }
        return draft
    }

    private struct MissingDerivation: Error {
        let path: StorePath
    }
}
