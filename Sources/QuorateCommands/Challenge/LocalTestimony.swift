internal import Dispatch
internal import DurableFiles
internal import LocalStore
internal import Quorum
internal import StoreFormats
internal import Synchronization

/// What the stores of this machine have of paths.
struct LocalTestimony: Sendable {
    let witnesses: [any BuildWitness]
    /// Whether the files are hashed, instead of believing the stores' records of them.
    let readsContents: Bool

    /// Most paths that are looked up at a time.
    private static let batch = 2000

    /// What one store records, and where the files are.
    struct Copy: Sendable {
        fileprivate let info: PathInfo
        fileprivate let witness: LocalBuild.Witness
        fileprivate let location: String
        /// Why it is no build of this machine; nil for one.
        fileprivate let doubt: BuildDoubt?
    }

    /// What came of looking at one copy.
    private enum Look: Sendable {
        case testimony(Testimony)
        case silence(ChallengedItem.Silence)
    }

    struct Answer: Sendable {
        var testimonies: [Testimony] = []
        var silences: [ChallengedItem.Silence] = []
    }

    /// Everything that this machine built, as its stores say, or whose derivation it did; derivations and sources are not
    /// built.
    func everythingBuilt() async throws -> [StorePath] {
        var all: Set<StorePath> = []
        for witness in witnesses {
            let paths = try await witness.allPaths().filter { !$0.isDerivation }
            for start in stride(from: 0, to: paths.count, by: Self.batch) {
                let part = Array(paths[start..<min(start + Self.batch, paths.count)])
                let infos = try await witness.infos(of: part).values.filter { $0.deriver != nil }
                let doubts = try await witness.doubts(about: infos)
                all.formUnion(infos.map(\.path).filter { doubts[$0]?.isBuiltAgain ?? true })
            }
        }
        return all.sorted()
    }

    /// Looks at copies.
    /// - Parameter onBytes: Told how much was read, on any thread.
    func answers(
        of copies: [Copy], onBytes: @escaping @Sendable (Int) -> Void
    ) async throws -> [StorePath: Answer] {
        guard !copies.isEmpty else { return [:] }
        let looks = try await look(at: copies, onBytes: onBytes)
        var answers: [StorePath: Answer] = [:]
        for (copy, look) in zip(copies, looks) {
            switch look {
            case .testimony(let testimony)?: answers[copy.info.path, default: Answer()].testimonies.append(testimony)
            case .silence(let silence)?: answers[copy.info.path, default: Answer()].silences.append(silence)
            case nil: continue
            }
        }
        return answers
    }

    /// How many bytes ``answers(of:onBytes:)`` would read.
    func size(of copies: [Copy]) -> UInt64 {
        readsContents ? copies.reduce(0) { $0 &+ $1.info.narSize } : 0
    }

    /// What the stores have of paths.
    func copies(of paths: [StorePath]) async throws -> [Copy] {
        var all: [Copy] = []
        for witness in witnesses {
            let own = paths.filter { $0.directory == witness.directory }
            for start in stride(from: 0, to: own.count, by: Self.batch) {
                let part = Array(own[start..<min(start + Self.batch, own.count)])
                let known = try await witness.infos(of: part)
                // What Quorate's store only points at lies in the host's, which speaks for itself.
                let infos = part.compactMap { known[$0] }.filter { witness.kind != .quorate || $0.origin != .host }
                let doubts = try await witness.doubts(about: infos)
                all += infos.map {
                    Copy(
                        info: $0, witness: witness.kind, location: witness.location(of: $0), doubt: doubts[$0.path])
                }
            }
        }
        return all
    }

    private func look(at copies: [Copy], onBytes: @escaping @Sendable (Int) -> Void) async throws -> [Look?] {
        guard readsContents else { return copies.map { .testimony(Self.testimony($0, $0.info.digest, [])) } }
        // Hashing blocks on the file system: Dispatch's threads may, the cooperative pool's may not.
        return try await Blocking.run {
            let looks = Mutex([Look?](repeating: nil, count: copies.count))
            DispatchQueue.concurrentPerform(iterations: copies.count) { index in
                let look = Self.look(at: copies[index], onBytes: onBytes)
                looks.withLock { $0[index] = look }
            }
            return looks.withLock { $0 }
        }
    }

    private static func look(at copy: Copy, onBytes: @Sendable (Int) -> Void) -> Look {
        func silence(_ why: String) -> Look {
            .silence(.init(name: copy.witness.rawValue, address: nil, why: why, isTrouble: true))
        }
        guard FileStatus(path: copy.location) != nil else { return silence("recorded, and not on the disk") }
        do {
            var hasher = NarHasher()
            try NarDumper.dump(copy.location) { bytes in
                hasher.update(bytes)
                onBytes(bytes.count)
            }
            let digest = hasher.digest()
            let remarks =
                digest == copy.info.digest
                ? [] : ["the files are not what the store recorded (\(copy.info.narHash.nix32))"]
            return .testimony(testimony(copy, digest, remarks))
        } catch {
            return silence("cannot be read: \(error)")
        }
    }

    private static func testimony(_ copy: Copy, _ digest: NarDigest, _ remarks: [String]) -> Testimony {
        var testimony = Testimony(
            source: .local(copy.witness), outcome: StorePathOutcome(digest.hash, digest.size, copy.info.references),
            standing: copy.doubt.map { $0.isBuiltAgain ? .builtAgain($0.why) : .copied($0.why) } ?? .builtHere)
        testimony.contents = .files(copy.location)
        testimony.remarks = remarks
        return testimony
    }
}

extension PathInfo {
    /// What the store recorded of the contents.
    fileprivate var digest: NarDigest { NarDigest(hash: narHash, size: narSize) }
}
