internal import Building
internal import DurableFiles
internal import LocalStore
internal import StoreFormats

/// Derivations by their paths, wherever on this machine they lie: in files that were named, in Quorate's store, in the
/// host's. What is read was not checked, but for its format.
struct DerivationShelf: Sendable {
    /// The folder of Quorate's store; there need not be one.
    let folder: String
    /// Derivations that were given, not found.
    private(set) var given: [StorePath: Derivation] = [:]

    init(folder: String) { self.folder = folder }

    /// Takes a derivation's file from anywhere.
    /// - Returns: The path that follows from it.
    mutating func read(file: String) throws -> StorePath {
        let files: DerivationFiles
        do {
            files = try DerivationFiles(files: [file])
        } catch {
            throw CommandError(error.code == .fileSystem ? .noInput : .badData, error.message)
        }
        guard let path = files.paths.first else { throw CommandError(.badData, "\(file): no derivation") }
        given[path] = try CommandErrorPlace(file).run {
            try Derivation(parsing: WholeFile.read(file, limit: Derivation.Limits.standard.bytes), at: path)
        }
        return path
    }

    mutating func put(_ derivation: Derivation, at path: StorePath) { given[path] = derivation }

    /// The bytes of a derivation in a store; nil when no store here has it.
    func stored(_ path: StorePath) throws -> [UInt8]? {
        for place in [folder + path.path, path.path] {
            do throws(FileFailure) {
                return try WholeFile.read(place, limit: Derivation.Limits.standard.bytes)
            } catch {
                guard error.isAbsence else { throw error }
            }
        }
        return nil
    }

    func load(_ path: StorePath) throws -> Derivation {
        if let derivation = given[path] { return derivation }
        guard let bytes = try stored(path) else {
            throw CommandError(.noInput, "\(path): in no store of this machine; import it, or name its file")
        }
        return try CommandErrorPlace(path.path).run { try Derivation(parsing: bytes, at: path) }
    }

    /// Derivations and all that they depend on.
    func withInputs(_ paths: [StorePath]) throws -> [DerivationJSON.Entry] {
        var seen = Set(paths)
        var work = paths
        var entries: [DerivationJSON.Entry] = []
        while let path = work.popLast() {
            let derivation = try load(path)
            entries.append(DerivationJSON.Entry(path: path, derivation: derivation))
            for input in derivation.inputDerivations where seen.insert(input.path).inserted { work.append(input.path) }
        }
        return entries
    }
}
