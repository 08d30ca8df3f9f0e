internal import ClaimSources
internal import Quorum
internal import StoreFormats
internal import Synchronization

/// Which paths the world knows of already: those that a cache of the policy lists.
///
/// What stands in a log stands there for ever, names of packages included. Nobody is believed here about contents: a
/// narinfo says that somebody published the path, whoever signed it.
struct PublicListing: Sendable {
    /// Why a path may be told to the world.
    enum Standing: Hashable, Sendable {
        /// A cache lists it.
        case listed
        /// It fits a pattern that was given.
        case declared
        /// Every cache that has paths of this store says that it does not have it.
        case unlisted
        /// Some cache did not answer.
        case unknown(String)
        /// The policy has no cache that is asked about paths of this store.
        case unasked
    }

    private let caches: [(directory: StoreDirectory, cache: BinaryCache)]
    private let patterns: [GlobPattern]
    /// What in the policy cannot be asked, and why, in one line each.
    let notes: [String]

    /// Requests under way for one cache before the next are made.
    private static let batch = 1000

    /// - Parameter policy: Nil where no cache is to be asked.
    init(policy: Policy?, patterns: [GlobPattern], limits: HTTPLimits = HTTPLimits(), resources: HTTPResources) {
        var caches: [(StoreDirectory, BinaryCache)] = []
        var notes: [String] = []
        var seen: Set<String> = []
        for leaf in policy?.caches ?? [] {
            for url in leaf.urls where seen.insert(url).inserted {
                do throws(SourceTrouble) {
                    let cache = try BinaryCache(url: url, limits: limits, resources: resources)
                    caches.append((leaf.kind == .nix ? .nix : .gnu, cache))
                } catch {
                    notes.append("\(leaf.name): \(error.message)")
                }
            }
        }
        self.caches = caches
        self.patterns = patterns
        self.notes = notes
    }

    func standings(of paths: [StorePath]) async -> [StorePath: Standing] {
        var standings: [StorePath: Standing] = [:]
        for path in paths {
            if patterns.contains(where: { $0.matches($0.isForWholePaths ? path.path : path.name) }) {
                standings[path] = .declared
            } else {
                standings[path] = caches.contains { $0.directory == path.directory } ? .unlisted : .unasked
            }
        }
        for (directory, cache) in caches {
            let open = paths.filter { path in
                guard path.directory == directory else { return false }
                return switch standings[path] {
                case .unlisted?, .unknown?: true
                default: false
                }
            }
            for start in stride(from: 0, to: open.count, by: Self.batch) {
                let part = Array(open[start..<min(start + Self.batch, open.count)])
                for (path, answer) in await Self.ask(cache, part) {
                    switch (answer, standings[path]) {
                    case (.listed, _): standings[path] = .listed
                    case (.unknown, _): standings[path] = answer
                    default: break
                    }
                }
            }
        }
        return standings
    }

    private static func ask(_ cache: BinaryCache, _ paths: [StorePath]) async -> [(StorePath, Standing)] {
        let answers = Mutex<[(StorePath, Standing)]>([])
        await cache.getBytes(paths.map { $0.hashPart + ".narinfo" }) { index, answer in
            let path = paths[index]
            let standing: Standing
            switch answer {
            case .failure(let trouble): standing = .unknown(trouble.message)
            case .success(nil): standing = .unlisted
            // The name is not part of the question: who can tell it knows the path.
            case .success(let bytes?):
                let line = Array("StorePath: \(path.path)".utf8)
                standing = bytes.split(separator: 0x0A).contains { $0.elementsEqual(line) } ? .listed : .unlisted
            }
            answers.withLock { $0.append((path, standing)) }
        }
        return answers.withLock { $0 }
    }

    /// Closes idle connections.
    func shutdown() {
        for (_, cache) in caches { cache.shutdown() }
    }
}
