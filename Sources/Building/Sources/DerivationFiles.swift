internal import DurableFiles
package import StoreFormats

/// Derivations in files that lie outside of any store.
package struct DerivationFiles: Sendable {
    /// The store paths of the files given, in their order: computed from the bytes.
    package let paths: [StorePath]

    /// The derivations of the files given.
    let derivations: [StorePath: Derivation]

    /// Folders that are looked into for other derivations, under the base names of their store paths.
    let folders: [String]

    /// Knows of none.
    package init() {
        paths = []
        derivations = [:]
        folders = []
    }

    /// Reads files.
    ///
    /// A file is called `HASH-NAME.drv`, where the hash must be the one that follows from the bytes, or `NAME.drv`.
    ///
    /// - Parameters:
    ///   - files: Paths of `.drv` files.
    ///   - folders: Where others are that these need.
    /// - Throws: ``BuildingError/Code/fileSystem``, ``BuildingError/Code/invalidDerivation``,
    ///   ``BuildingError/Code/notSupported``.
    package init(files: [String], folders: [String] = []) throws(BuildingError) {
        var paths: [StorePath] = []
        var derivations: [StorePath: Derivation] = [:]
        for file in files {
            let (path, derivation) = try Self.read(file)
            paths.append(path)
            derivations[path] = derivation
        }
        self.paths = paths
        self.derivations = derivations
        self.folders = folders
    }

    /// The same, with one more folder that is looked into when the others have nothing.
    package func looking(in folder: String) -> DerivationFiles {
        DerivationFiles(paths: paths, derivations: derivations, folders: folders + [folder])
    }

    private init(paths: [StorePath], derivations: [StorePath: Derivation], folders: [String]) {
        self.paths = paths
        self.derivations = derivations
        self.folders = folders
    }

    private static func read(_ file: String) throws(BuildingError) -> (StorePath, Derivation) {
        let bytes = try bytes(of: file)
        let base = file.split(separator: "/").last.map(String.init) ?? file
        guard base.hasSuffix(Derivation.fileExtension) else {
            throw BuildingError(.invalidDerivation, "\(file): the name of a derivation's file ends in .drv")
        }
        var trouble: StoreFormatError?
        for directory in [StoreDirectory.nix, .gnu] {
            let stated = try? StorePath(baseName: base, in: directory)
            let name = String((stated?.name ?? base).dropLast(Derivation.fileExtension.count))
            do throws(StoreFormatError) {
                let derivation = try Derivation(parsing: bytes, name: name, in: directory)
                let path = try derivation.storePath()
                guard stated == nil || stated == path else {
                    throw StoreFormatError(.invalidDerivation, "its bytes belong to \(path), not to its name")
                }
                return (path, derivation)
            } catch {
                // A derivation of the other store is told apart by its paths alone.
                if trouble == nil || error.code != .wrongStoreDirectory { trouble = error }
            }
        }
        throw BuildingError(trouble, in: file)
    }

    /// The bytes of a file that is a derivation or claims to be one.
    static func bytes(of file: String) throws(BuildingError) -> [UInt8] {
        do {
            return try WholeFile.read(file, limit: Derivation.Limits.standard.bytes)
        } catch {
            throw BuildingError(.fileSystem, error.description)
        }
    }
}

extension BuildingError {
    /// What the reader of derivations reported of a file or a store path.
    init(_ error: StoreFormatError?, in place: String) {
        let code: Code = error?.code == .unsupportedDerivation ? .notSupported : .invalidDerivation
        self.init(code, "\(place): \(error.map { "\($0)" } ?? "no derivation")")
    }
}
