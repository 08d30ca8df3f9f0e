internal import ClaimSources
internal import DurableFiles
internal import Ledger
internal import LocalStore
internal import Quorum
internal import StoreFormats

/// Finds out what this machine really built, as its stores say.
struct LocalBuildFinder: Sendable {
    /// The stores, those of the package managers first: what they built was built for them.
    let witnesses: [any BuildWitness]
    /// Folders in which `.drv` files lie besides.
    var folders: [String] = []

    /// Most paths that are looked up at a time.
    private static let batch = 2000

    /// What is known of each path. Nothing here believes anybody but the stores.
    func questions(_ paths: [StorePath]) async throws -> [(StorePath, BuildQuestion)] {
        var all: [(StorePath, BuildQuestion)] = []
        for start in stride(from: 0, to: paths.count, by: Self.batch) {
            let part = Array(paths[start..<min(start + Self.batch, paths.count)])
            var answers: [StorePath: BuildQuestion] = [:]
            for witness in witnesses {
                let open = part.filter { path in
                    guard path.directory == witness.directory else { return false }
                    // Another store may know better than one that has only a copy.
                    guard case .refused? = answers[path] else { return answers[path] == nil }
                    return true
                }
                try await ask(witness, about: open, into: &answers)
            }
            all += part.map { ($0, answers[$0] ?? .refused("it is in no store of this machine")) }
        }
        return all
    }

    private func ask(
        _ witness: any BuildWitness, about paths: [StorePath], into answers: inout [StorePath: BuildQuestion]
    ) async throws {
        guard !paths.isEmpty else { return }
        let infos = try await witness.infos(of: paths)
        let candidates = paths.compactMap { infos[$0] }.filter { info in
            if info.path.isDerivation || info.contentAddress?.commitsToContent == true {
                answers[info.path] = .selfVerifying
                return false
            }
            return true
        }
        let doubts = try await witness.doubts(about: candidates)
        for info in candidates {
            if let doubt = doubts[info.path] {
                // The first store that has it speaks, unless another one built it.
                if answers[info.path] == nil { answers[info.path] = .refused(doubt.why) }
                continue
            }
            answers[info.path] = try await build(info, witness)
        }
    }

    /// A path that was built here, with everything that a statement about it holds.
    private func build(_ info: PathInfo, _ witness: any BuildWitness) async throws -> BuildQuestion {
        guard let path = info.deriver else {
            return .refused("the store does not say which derivation it was built from")
        }
        let text: DerivationText
        switch try await derivation(path) {
        case .found(let found): text = found
        case .missing(let why): return .refused(why)
        }
        guard let output = text.derivation.outputs.first(where: { $0.path == info.path }) else {
            return .refused("\(path.baseName) makes other paths")
        }
        guard output.contentAddress?.commitsToContent != true else { return .selfVerifying }
        return .built(
            LocalBuild(
                path: info.path,
                result: .built(narHash: info.narHash, narSize: info.narSize, references: info.references),
                derivation: path, derivationDigest: text.digest, system: text.derivation.system,
                outputName: output.name,
                inputs: try await inputs(of: text.derivation, in: witness, before: info.registeredAt),
                time: SystemClock.timestamp(info.registeredAt), witness: witness.kind))
    }

    // MARK: - Derivations

    struct DerivationText: Sendable {
        let derivation: Derivation
        /// SHA-256 of the bytes.
        let digest: Digest256
    }

    enum DerivationAnswer: Sendable {
        case found(DerivationText)
        /// It is not to be had, and why.
        case missing(String)
    }

    /// The derivation at a path, of which the bytes give the path.
    func derivation(_ path: StorePath) async throws -> DerivationAnswer {
        var places: [String] = []
        for witness in witnesses where witness.directory == path.directory {
            if let info = try await witness.infos(of: [path])[path] { places.append(witness.location(of: info)) }
        }
        places += folders.map { "\($0)/\(path.baseName)" }
        let files = places
        return try await Blocking.run {
            for file in files {
                let bytes: [UInt8]
                do throws(FileFailure) {
                    bytes = try WholeFile.read(file, limit: Derivation.Limits.standard.bytes)
                } catch {
                    guard error.isAbsence else { return .missing("\(error)") }
                    continue
                }
                do {
                    let derivation = try Derivation(parsing: bytes, at: path)
                    guard try derivation.storePath() == path else {
                        return .missing("\(file): not the derivation that its path names")
                    }
                    return .found(DerivationText(derivation: derivation, digest: sha256(bytes)))
                } catch {
                    return .missing("\(file): \(error)")
                }
            }
            return .missing("\(path.baseName) is in no store here any more; name its folder with --derivations")
        }
    }

    /// What a derivation makes; the derivation itself where it is not to be had.
    func outputs(of derivation: StorePath) async throws -> [StorePath] {
        guard case .found(let text) = try await self.derivation(derivation) else { return [derivation] }
        return text.derivation.outputs.map(\.path)
    }

    /// The direct inputs of a build, if the store still has all of them as they were then.
    ///
    /// - Parameters:
    ///   - witness: The store that the build took them from: another may have other contents under the same path.
    ///   - time: When the output was registered: what came later is not what the build was given.
    private func inputs(
        of derivation: Derivation, in witness: any BuildWitness, before time: Int64
    ) async throws -> [BuildRecord.Input]? {
        var wanted = Set(derivation.inputSources)
        for input in derivation.inputDerivations {
            guard case .found(let text) = try await self.derivation(input.path) else { return nil }
            for name in input.outputs {
                guard let output = text.derivation.output(named: name) else { return nil }
                wanted.insert(output.path)
            }
        }
        let infos = try await witness.infos(of: wanted.sorted()).values.filter { $0.registeredAt <= time }
        guard infos.count == wanted.count else { return nil }
        return infos.map { BuildRecord.Input(path: $0.path, narHash: $0.narHash) }
    }
}
