internal import Building
internal import ClaimSources
internal import DurableFiles
internal import Glibc
internal import Ledger
internal import LocalStore
internal import Quorum
internal import StoreFormats
internal import Verification

/// Gets derivations that lie nowhere on this machine from servers that publish them as store items, with all those that
/// they need.
///
/// Nobody has to agree on a derivation: its path is computed from its text, and that is done here.
struct DerivationFetcher: Sendable {
    let inquirer: Inquirer
    let builder: Builder
    /// Where they are kept, under their base names; the builder has to look there.
    let folder: String
    let temporaryFolder: String

    /// Derivations asked about together.
    private static let batch = 256
    /// Fetched at a time.
    private static let width = 16
    /// The most in one closure: that of a whole system has some ten thousand.
    private static let limit = 1 << 18

    /// Follows derivations through all that they need.
    ///
    /// - Returns: What servers gave that was no such derivation, a line for each. What nobody has is left to the plan,
    ///   which names it.
    func fetch(_ starts: [StorePath]) async throws -> [String] {
        var seen = Set(starts)
        var queue = starts
        var troubles: [String] = []
        while !queue.isEmpty {
            var known: [Derivation] = []
            var missing: [StorePath] = []
            while missing.count < Self.batch, let path = queue.popLast() {
                if let derivation = try await builder.reading(path) {
                    known.append(derivation)
                } else {
                    missing.append(path)
                }
            }
            let (fetched, refused) = try await get(missing)
            troubles += refused
            for derivation in known + fetched {
                for input in derivation.inputDerivations where seen.insert(input.path).inserted {
                    queue.append(input.path)
                }
            }
            guard seen.count <= Self.limit else {
                throw CommandError(.badData, "more than \(Self.limit) derivations are needed")
            }
        }
        return troubles
    }

    /// What a server says about a derivation.
    private struct Candidate: Sendable {
        let path: StorePath
        let address: String
        let narInfo: CacheNarInfo
        let download: NarDownload
    }

    private func get(_ paths: [StorePath]) async throws -> (found: [Derivation], troubles: [String]) {
        guard !paths.isEmpty else { return ([], []) }
        var subjects: [LookupKey: [Subject]] = [:]
        for path in paths { subjects[LookupKey(.storePath(path.path))] = [.storePath(path.path)] }
        var options = Inquirer.Options()
        // The narinfos themselves are needed: they say where the NARs are.
        options.maximumAge = 0
        let result = await inquirer.inquire(Array(subjects.keys), subjects: subjects, options: options)
        var candidates: [StorePath: [Candidate]] = [:]
        for statement in result.findings.flatMap(\.statements) {
            let narInfo = statement.narInfo
            candidates[narInfo.storePath, default: []] += narInfo.downloads.map {
                Candidate(path: narInfo.storePath, address: statement.source, narInfo: narInfo, download: $0)
            }
        }
        let results = try await paths.compactMap { candidates[$0] }.mapConcurrently(width: Self.width) { offers in
            try await first(of: offers)
        }
        return (results.compactMap(\.found), results.flatMap(\.troubles))
    }

    /// The derivation from the first server that has it; it is kept.
    private func first(of candidates: [Candidate]) async throws -> (found: Derivation?, troubles: [String]) {
        var troubles: [String] = []
        for candidate in candidates {
            guard let cache = inquirer.caches.cache(at: candidate.address) else { continue }
            do {
                let bytes = try await text(of: candidate, from: cache)
                let derivation = try Derivation(parsing: bytes, at: candidate.path)
                guard try derivation.storePath() == candidate.path else {
                    throw CommandError(.badData, "its text belongs to another path")
                }
                try await keep(bytes, as: candidate.path.baseName)
                return (derivation, troubles)
            } catch let error as CancellationError {
                throw error
            } catch {
                troubles.append("\(candidate.path) of \(inquirer.leafName(at: candidate.address)): \(error)")
            }
        }
        return (nil, troubles)
    }

    /// The text that a server's NAR holds.
    private func text(of candidate: Candidate, from cache: BinaryCache) async throws -> [UInt8] {
        // The NAR of one file is little larger than the file.
        guard candidate.narInfo.narSize <= UInt64(Derivation.Limits.standard.bytes) + 1024 else {
            throw CommandError(.badData, "no derivation has \(candidate.narInfo.narSize) bytes")
        }
        let nar = try await FetchedNar.fetch(
            candidate.narInfo, at: candidate.download, proving: nil, from: cache, temporaryFolder: temporaryFolder)
        return try await nar.file()
    }

    private func keep(_ bytes: [UInt8], as name: String) async throws {
        let folder = folder
        try await Blocking.run {
            try Files.makeDirectory(folder)
            let temporary = "\(folder)/.\(SecretFile.hex(SecretFile.random32().prefix(8)))"
            let file = try DurableFile(temporary: temporary, for: "\(folder)/\(name)", mode: 0o644)
            do {
                try file.write(bytes)
                try file.commit(as: "\(folder)/\(name)")
            } catch {
                file.discard()
                throw error
            }
        }
    }
}
