internal import StoreFormats

/// What a builder finds in its environment, and in files of its build folder.
struct BuildEnvironment: Sendable {
    /// A file in the build folder, which belongs to the builder.
    struct File: Hashable, Sendable {
        let name: String
        let contents: [UInt8]
    }

    /// The variables, sorted by the bytes of their names, as both daemons pass them.
    let variables: [(name: ByteString, value: ByteString)]

    /// The files, in the order in which they are made.
    let files: [File]

    /// - Parameters:
    ///   - attributes: The derivation.
    ///   - flavor: Whose rules.
    ///   - buildFolder: The build folder as the builder sees it.
    ///   - cores: What `NIX_BUILD_CORES` says.
    ///   - impure: The variables that `impureEnvVars` may name.
    ///   - graph: What is known of the inputs, for `exportReferencesGraph`.
    /// - Throws: ``BuildingError/Code/invalidAttribute``.
    init(
        _ attributes: DerivationAttributes, flavor: BuildFlavor, buildFolder: String, cores: Int,
        impure: [String: String], graph: InputGraph
    ) throws(BuildingError) {
        let derivation = attributes.derivation
        let placeholders = OutputPlaceholders(
            flavor.replacesPlaceholders ? derivation.outputs.map { ($0.name, $0.path) } : [])
        var variables: [ByteString: ByteString] = [
            "PATH": "/path-not-set", "HOME": "/homeless-shelter",
            "NIX_STORE": ByteString(derivation.directory.path), "NIX_BUILD_CORES": ByteString(String(cores)),
        ]
        var files: [File] = []
        if attributes.structured == nil {
            let passed = flavor.readsPassAsFile ? Set(try attributes.strings("passAsFile") ?? []) : []
            for variable in derivation.environment {
                guard let name = variable.name.text, passed.contains(name) else {
                    variables[variable.name] = variable.value
                    continue
                }
                let hash = ContentHash(of: variable.name.bytes, algorithm: .sha256)
                let file = ".attr-\(Nix32.encode(hash.digest))"
                files.append(File(name: file, contents: placeholders.replaced(variable.value.bytes)))
                variables[ByteString("\(name)Path")] = ByteString("\(buildFolder)/\(file)")
            }
        }
        // These stand above the derivation's own.
        for name in ["NIX_BUILD_TOP", "TMPDIR", "TEMPDIR", "TMP", "TEMP", "PWD"] {
            variables[ByteString(name)] = ByteString(buildFolder)
        }
        if derivation.isFixed {
            if flavor.announcesFixedOutput { variables["NIX_OUTPUT_CHECKED"] = "1" }
            for name in try attributes.strings("impureEnvVars") ?? [] {
                variables[ByteString(name)] = ByteString(impure[name] ?? "")
            }
        }
        if flavor == .nix {
            variables["NIX_LOG_FD"] = "2"
            variables["TERM"] = "xterm-256color"
        }
        if let structured = attributes.structured {
            let complete = try StructuredAttributes.complete(structured, of: derivation, graph: graph)
            files.append(File(name: ".attrs.sh", contents: placeholders.replaced(ShellAttributes.write(complete))))
            files.append(
                File(name: ".attrs.json", contents: placeholders.replaced(JSONWriter.write(.object(complete)))))
            variables["NIX_ATTRS_SH_FILE"] = ByteString("\(buildFolder)/.attrs.sh")
            variables["NIX_ATTRS_JSON_FILE"] = ByteString("\(buildFolder)/.attrs.json")
        } else {
            files += try ReferencesGraphFiles.files(of: attributes, flavor: flavor, graph: graph)
        }
        self.files = files
        self.variables = variables.map { ($0.key, placeholders.replaced($0.value)) }.sorted { $0.name < $1.name }
    }
}
