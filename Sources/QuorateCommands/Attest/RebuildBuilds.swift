internal import ClaimSources
internal import Ledger
internal import Quorum
internal import StoreFormats

/// What `quorate rebuild` found on this machine, from the signed records in the ledger: mismatches and failures too.
struct RebuildBuilds: Sendable {
    let ledger: any Ledger
    /// The builder's key. Records of another one are nobody's word here.
    let identity: KeyIdentity
    let finder: LocalBuildFinder

    /// - Parameter paths: Nil for every path that was rebuilt.
    /// - Returns: For each record one answer; paths without any have one that says so.
    func questions(_ paths: [StorePath]?) async throws -> [(StorePath, BuildQuestion)] {
        guard let paths else {
            let keys = try await ledger.keysOfOwnBuilds()
            return try await questions(at: keys, only: nil)
        }
        let keys = Set(paths.map { LookupKey(.storePath($0.path)) }).sorted { $0.text < $1.text }
        let found = try await questions(at: keys, only: Set(paths))
        let known = Set(found.map(\.0))
        return found
            + paths.filter { !known.contains($0) }.map { ($0, .refused("'quorate rebuild' has not built it here")) }
    }

    private func questions(
        at keys: [LookupKey], only: Set<StorePath>?
    ) async throws -> [(StorePath, BuildQuestion)] {
        var all: [(StorePath, BuildQuestion)] = []
        for key in keys {
            // Rows are not believed: the note is, by its signature.
            for note in try await ledger.evidence(at: key).values.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
                guard let record = try? BuildEvidence.record(note, by: identity) else { continue }
                guard only?.contains(record.path) != false else { continue }
                all.append((record.path, try await question(record)))
            }
        }
        return all
    }

    private func question(_ record: BuildRecord) async throws -> BuildQuestion {
        switch try await finder.derivation(record.derivation) {
        case .missing(let why): return .refused(why)
        case .found(let text):
            guard let output = text.derivation.outputs.first(where: { $0.path == record.path }) else {
                return .refused("\(record.derivation.baseName) makes other paths")
            }
            if output.contentAddress?.commitsToContent == true { return .selfVerifying }
            return .built(
                LocalBuild(
                    path: record.path, result: record.result, derivation: record.derivation,
                    derivationDigest: text.digest, system: text.derivation.system, outputName: output.name,
                    inputs: record.inputs, time: record.time, witness: .rebuild))
        }
    }
}
