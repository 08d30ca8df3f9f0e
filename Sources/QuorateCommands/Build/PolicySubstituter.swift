internal import Building
internal import ClaimSources
internal import Gateway
internal import Ledger
internal import LocalStore
internal import Quorum
internal import StoreFormats
internal import Synchronization
internal import Verification

/// Offers what the policy accepts, with everything that it refers to: quorate or self-verifying paths of which a cache
/// has the bytes agreed on.
final class PolicySubstituter: Substituter {
    /// What is known of a path that is accepted and can be had.
    struct Source: Sendable {
        let info: PathInfo
        /// The narinfos that state what is agreed on, and where each came from.
        let candidates: [NarSource]
        /// Set where only the contents' hash proves them.
        let address: ContentAddress?
    }

    private struct State {
        /// By path; nil for what was asked about and is not accepted, or cannot be had.
        var known: [StorePath: Source?] = [:]
    }

    /// Paths asked about together.
    private static let batch = 256

    private let inquirer: Inquirer
    private let temporaryFolder: String
    private let state = Mutex(State())

    init(inquirer: Inquirer, temporaryFolder: String) {
        self.inquirer = inquirer
        self.temporaryFolder = temporaryFolder
    }

    func offers(for paths: [StorePath]) async throws -> [StorePath: SubstituteOffer] {
        await learn(paths)
        let sources = state.withLock { $0.known.compactMapValues { $0 } }
        let acceptable = ClosureRule.installable(sources.mapValues(\.info.references))
        var offers: [StorePath: SubstituteOffer] = [:]
        for path in paths where acceptable.contains(path) {
            guard let source = sources[path] else { continue }
            offers[path] = SubstituteOffer(info: source.info, downloadSize: source.candidates.first?.download.fileSize)
        }
        return offers
    }

    func nar(of offer: SubstituteOffer, to sink: @Sendable ([UInt8]) throws -> Void) async throws {
        guard case let source?? = state.withLock({ $0.known[offer.info.path] }) else {
            throw BuildingError(.fetch, "\(offer.info.path): it was not offered")
        }
        var failures: [String] = []
        for candidate in source.candidates {
            guard let cache = inquirer.caches.cache(at: candidate.address) else { continue }
            do {
                let nar = try await FetchedNar.fetch(
                    candidate.narInfo, at: candidate.download, proving: source.address, from: cache,
                    temporaryFolder: temporaryFolder)
                return try await nar.stream(to: sink)
            } catch let error as CancellationError {
                throw error
            } catch {
                failures.append("\(inquirer.leafName(at: candidate.address)): \(error)")
            }
        }
        throw BuildingError(
            .fetch, "\(offer.info.path): no cache gave what is agreed on: \(failures.joined(separator: "; "))")
    }

    /// Asks about paths and, where they are accepted, about all that they refer to.
    private func learn(_ paths: [StorePath]) async {
        var queue = paths[...]
        while !queue.isEmpty {
            let asked = state.withLock { state in
                var asked: [StorePath] = []
                while asked.count < Self.batch, let path = queue.popFirst() {
                    if state.known[path] == nil, !asked.contains(path) { asked.append(path) }
                }
                return asked
            }
            guard !asked.isEmpty else { continue }
            var subjects: [LookupKey: [Subject]] = [:]
            for path in asked { subjects[LookupKey(.storePath(path.path)), default: []].append(.storePath(path.path)) }
            var options = Inquirer.Options()
            // The narinfos themselves are needed: they say where the NARs are.
            options.maximumAge = 0
            let result = await inquirer.inquire(Array(subjects.keys), subjects: subjects, options: options)
            var found: [StorePath: Source] = [:]
            for finding in result.findings {
                for path in asked where LookupKey(.storePath(path.path)) == finding.key {
                    found[path] = Self.source(of: path, finding)
                }
            }
            state.withLock { state in
                for path in asked {
                    let source = found[path]
                    state.known[path] = .some(source)
                    queue += source?.info.references.filter { state.known[$0] == nil } ?? []
                }
            }
        }
    }

    /// What a finding allows to be fetched; nil when nothing is accepted or no cache states just that.
    static func source(of path: StorePath, _ finding: Finding) -> Source? {
        guard let verdict = finding.verdict(on: .storePath(path.path)), verdict.status.isAccepting else { return nil }
        let own = finding.statements.filter { $0.narInfo.storePath == path }
        var address: ContentAddress?
        let agreed: Outcome
        if let outcome = verdict.agreed {
            agreed = outcome
        } else {
            // The path commits to contents that nobody has read: only narinfos whose address gives it say anything.
            var proven: (ContentAddress, Outcome)?
            for statement in own {
                if case .content(let address) = statement.contentCommitment {
                    proven = (address, statement.narInfo.outcome)
                    break
                }
            }
            guard let proven else { return nil }
            (address, agreed) = proven
        }
        let candidates = own.filter { $0.narInfo.outcome == agreed }
            .flatMap { statement in
                // Guix offers several compressions of one NAR; the first that can be had will do.
                statement.narInfo.downloads.map {
                    NarSource(address: statement.source, narInfo: statement.narInfo, download: $0)
                }
            }
        guard let narInfo = candidates.first?.narInfo else { return nil }
        let info = PathInfo(
            path: path, narHash: narInfo.narHash, narSize: narInfo.narSize, references: narInfo.references,
            contentAddress: commitment(of: own, agreed), origin: .substituted,
            signatures: candidates.flatMap(\.signatures).unique)
        return Source(info: info, candidates: candidates, address: address)
    }

    /// A content address that gives the path; `CA` is not signed, so it is taken only where it proves itself.
    private static func commitment(of statements: [CacheStatement], _ agreed: Outcome) -> ContentAddress? {
        statements.first { statement in
            guard statement.narInfo.outcome == agreed else { return false }
            switch statement.contentCommitment {
            case .outcome, .content: return true
            case .lie, .none: return false
            }
        }?.narInfo.contentAddress
    }
}

/// A narinfo, and the address of the cache that gave it.
struct NarSource: Sendable {
    let address: String
    let narInfo: CacheNarInfo
    /// Where the NAR is, compressed in one way.
    let download: NarDownload

    /// What a store keeps of who signed it; it has no place for Guix's.
    var signatures: [NixSignature] {
        switch narInfo.form {
        case .nix(let narInfo): narInfo.signatures
        case .guix: []
        }
    }
}

/// The rule that nothing is fetched whose references, however far away, are not accepted too.
enum ClosureRule {
    /// - Parameter references: Those of every accepted path.
    static func installable(_ references: [StorePath: [StorePath]]) -> Set<StorePath> {
        var referrers: [StorePath: [StorePath]] = [:]
        var blocked: [StorePath] = []
        var installable = Set(references.keys)
        for (path, targets) in references {
            for target in targets where target != path {
                if references[target] == nil {
                    if installable.remove(path) != nil { blocked.append(path) }
                } else {
                    referrers[target, default: []].append(path)
                }
            }
        }
        while let path = blocked.popLast() {
            for referrer in referrers[path] ?? [] where installable.remove(referrer) != nil { blocked.append(referrer) }
        }
        return installable
    }
}

extension Array where Element: Hashable {
    /// Each element once, in the order of its first place.
    fileprivate var unique: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
