internal import DurableFiles
internal import LocalStore
internal import StoreFormats
internal import Synchronization

/// Finds derivations by their paths: in files that were given, in Quorate's store, in the host's stores. Each is read
/// once, and believed only after its output paths were computed again.
final class DerivationLibrary: Sendable {
    private struct State {
        var derivations: [StorePath: Derivation]
        var checker = OutputPathChecker()
        /// The derivations whose output paths, and those of all they depend on, follow from them.
        var checked: Set<StorePath> = []
    }

    private let files: DerivationFiles
    /// Where a path's file would be, most trusted place first.
    private let places: @Sendable (StorePath) -> [String]
    /// What was read and checked so far. Held while files are read: derivations are small and near.
    private let state: Mutex<State>

    init(files: DerivationFiles, places: @escaping @Sendable (StorePath) -> [String]) {
        self.files = files
        self.places = places
        state = Mutex(State(derivations: files.derivations))
    }

    /// The derivation of a path, unchecked. Blocks for as long as it takes to read a small file.
    ///
    /// - Throws: ``BuildingError/Code/notFound``, ``BuildingError/Code/invalidDerivation``,
    ///   ``BuildingError/Code/notSupported``.
    func load(_ path: StorePath) throws(BuildingError) -> Derivation {
        let result = state.withLock { state in
            Result { () throws(BuildingError) in try self.load(path, &state) }
        }
        return try result.get()
    }

    /// The derivations of some paths, each checked: every output path of it, and of all derivations that it depends on,
    /// is computed again and is what it states. Blocks.
    ///
    /// - Throws: As ``load(_:)`` does; ``BuildingError/Code/invalidDerivation`` with the first difference.
    func checked(_ path: StorePath) throws(BuildingError) -> Derivation {
        let result = state.withLock { state in
            Result { () throws(BuildingError) in try self.checked(path, &state) }
        }
        return try result.get()
    }

    private func checked(_ path: StorePath, _ state: inout State) throws(BuildingError) -> Derivation {
        guard !state.checked.contains(path) else { return try load(path, &state) }
        // Taken out, so that the closure may write to the rest of the state.
        var checker = state.checker
        state.checker = OutputPathChecker()
        defer { state.checker = checker }
        let mismatches: [OutputPathChecker.Mismatch]
        do {
            mismatches = try checker.check(path) { try self.load($0, &state) }
        } catch let error as BuildingError {
            throw error
        } catch let error as StoreFormatError {
            throw BuildingError(error, in: path.path)
        } catch {
            throw BuildingError(.invalidDerivation, "\(path): \(error)")
        }
        if let mismatch = mismatches.first {
            let others = mismatches.count > 1 ? " (and \(mismatches.count - 1) more)" : ""
            throw BuildingError(.invalidDerivation, "\(mismatch)\(others); nothing of it is built")
        }
        state.checked.insert(path)
        return try load(path, &state)
    }

    private func load(_ path: StorePath, _ state: inout State) throws(BuildingError) -> Derivation {
        if let known = state.derivations[path] { return known }
        for place in places(path) + files.folders.map({ "\($0)/\(path.baseName)" }) {
            let bytes: [UInt8]
            do {
                bytes = try WholeFile.read(place, limit: Derivation.Limits.standard.bytes)
            } catch {
                guard error.isAbsence else { throw BuildingError(.fileSystem, error.description) }
                continue
            }
            do {
                let derivation = try Derivation(parsing: bytes, at: path)
                state.derivations[path] = derivation
                return derivation
            } catch {
                throw BuildingError(error, in: place)
            }
        }
        throw BuildingError(
            .notFound,
            "'\(path)' is in no store here; copy the derivation and those it depends on, or give their folder")
    }
}
