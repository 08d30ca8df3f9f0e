internal import DurableFiles
internal import LocalStore
internal import StoreFormats

/// What a builder that ended well has left on the disk, unexamined.
struct MadeOutputs: Sendable {
    let staging: StagingFolder
    /// The sandbox's root folder: outputs are below it, at their store paths.
    let root: String
    let attributes: DerivationAttributes
    let graph: InputGraph
    /// The user that the builder ran as, when it was not this program's own.
    let user: UInt32?
    /// Whether somebody outside of the sandbox may hold an output's files open for writing.
    let mayBeShared: Bool
    let logTail: [String]
    let measures: BuildMeasures

    /// An output that was found, hashed and examined.
    struct Collected: Sendable {
        let found: OutputExamination.Found
        /// Where it is.
        let place: String
    }

    /// Makes the outputs canonical, hashes and scans them, and holds them against what the derivation demands.
    ///
    /// - Parameters:
    ///   - store: For its threads.
    ///   - valid: Outputs that were valid before: what was built of them is passed over, and they count as they are.
    /// - Returns: The new outputs by name, or what is wrong.
    func collect(
        in store: LocalStore, valid: [StorePath: PathInfo] = [:]
    ) async throws(BuildingError) -> Result<[String: Collected], BuildFailure> {
        var candidates = Array(graph.inputs)
        candidates += attributes.derivation.outputs.map(\.path)
        var found: [String: OutputExamination.Found] = [:]
        var collected: [String: Collected] = [:]
        for output in attributes.derivation.outputs {
            if let info = valid[output.path] {
                found[output.name] = OutputExamination.Found(
                    path: info.path, narHash: info.narHash, narSize: info.narSize, references: info.references)
                continue
            }
            let result = await collect(output, candidates: candidates, in: store)
            switch result {
            case .success(let new):
                found[output.name] = new.found
                collected[output.name] = new
            case .failure(let failure): return .failure(failure)
            }
        }
        let examination = OutputExamination(outputs: found, attributes: attributes, graph: graph)
        if let kind = try examination.objection() { return .failure(BuildFailure(kind, logTail: logTail)) }
        return .success(collected)
    }

    private func collect(
        _ output: Derivation.Output, candidates: [StorePath], in store: LocalStore
    ) async -> Result<Collected, BuildFailure> {
        func refusal(_ kind: BuildFailure.Kind) -> Result<Collected, BuildFailure> {
            .failure(BuildFailure(kind, logTail: logTail))
        }
        var place = root + output.path.path
        guard let status = FileStatus(path: place) else {
            return refusal(.missingOutput(name: output.name, path: output.path))
        }
        // A link has no mode of its own.
        if status.isRegular || status.isDirectory, status.permissions & 0o022 != 0 {
            return refusal(
                .refusedOutput(
                    path: output.path, why: "its group or everybody may write to it; take that away in the builder"))
        }
        if output.contentAddress?.method == .flat, !status.isRegular || status.permissions & 0o100 != 0 {
            return refusal(.notFlat(path: output.path))
        }
        do {
            if mayBeShared { place = try await copy(place, in: store) }
            let canonicalisation = Canonicalisation(builder: mayBeShared ? nil : user)
            let scan = try await store.scan(output: place, candidates: candidates, canonicalising: canonicalisation)
            if let address = output.contentAddress {
                let got = try await hash(place, by: address, scan: scan, in: store)
                guard got == address.hash else {
                    return refusal(.hashMismatch(specified: address.hash, got: got))
                }
            }
            let found = OutputExamination.Found(
                path: output.path, narHash: scan.narHash, narSize: scan.narSize, references: scan.references)
            return .success(Collected(found: found, place: place))
        } catch let error as LocalStoreError {
            return refusal(BuildFailure.Kind(error, of: output.path))
        } catch {
            return refusal(.machine("\(error)"))
        }
    }

    /// The hash of an output in the way that its derivation fixed it.
    private func hash(
        _ place: String, by address: ContentAddress, scan: OutputScan.Result, in store: LocalStore
    ) async throws -> ContentHash {
        guard !address.isNarHash else { return scan.narHash.contentHash }
        let algorithm = address.hash.algorithm
        guard address.method == .recursive else { return try await store.flatHash(of: place, algorithm: algorithm) }
        return try await OffThread.run { () throws(StoreFormatError) in
            var hasher = ContentHasher(algorithm)
            do {
                _ = try NarDumper.dump(place, limits: .standard) { hasher.update($0) }
            } catch {
                throw error as? StoreFormatError ?? StoreFormatError(.fileSystem, "\(error)")
            }
            return hasher.finalize()
        }
    }

    /// Writes an output's contents to new files, and tells where.
    ///
    /// A builder with the host's network can hand an open file to a process that outlives its sandbox, through an
    /// abstract socket (CVE-2024-27297). Nobody has ever had the copy open.
    private func copy(_ place: String, in store: LocalStore) async throws -> String {
        let folder = "\(staging.path)/copies"
        let new = "\(folder)/\(place.split(separator: "/").last ?? "output")"
        try await OffThread.run { () throws(BuildingError) in
            do {
                try WorkFolder.make(folder)
                var unpacker = try NarUnpacker(path: new, style: .writable)
                var parser = NarParser(limits: .standard)
                _ = try NarDumper.dump(place, limits: .standard) { try parser.push($0, to: &unpacker) }
                try parser.finish()
            } catch {
                throw BuildingError(.fileSystem, "\(place): cannot be copied: \(error)")
            }
        }
        return new
    }
}
