internal import Ledger
internal import Quorum
internal import StoreFormats
internal import Verification

/// Asks about many paths in batches, following references where that is asked for.
///
/// Some batches are under way at a time: while one waits for caches, another is tallied or recorded. Together they bound
/// the memory.
struct BatchedInquiry {
    /// Paths asked about together.
    private static let batch = 256
    /// Batches under way at a time.
    private static let width = 3

    let inquirer: Inquirer
    let maximumAge: Int64
    let followsReferences: Bool
    let terminal: Terminal

    /// What became of one batch.
    private struct Part<Element: Sendable>: Sendable {
        let number: Int
        let elements: [Element]
        /// What is agreed on refers to these.
        let references: [String]
        let ledgerTrouble: String?
    }

    /// - Parameter make: Is given each path with what was found about it, on any thread.
    /// - Returns: What `make` returned, in the order of the paths; those found by following references come behind.
    func run<Element: Sendable>(
        _ paths: [StorePath], make: @escaping @Sendable (StorePath, Finding) -> Element
    ) async -> (elements: [Element], ledgerTrouble: String?) {
        let caches = inquirer.caches.members.count
        let bar = ProgressBar(terminal, "Asking \(caches) caches", total: paths.count * caches)
        defer { bar.finish() }
        var options = Inquirer.Options()
        options.maximumAge = maximumAge
        options.onProgress = { bar.advance(by: $0) }
        var known = followsReferences ? Set(paths.map(\.path)) : []
        var queue = paths[...]
        var parts: [Part<Element>] = []
        await withTaskGroup(of: Part<Element>.self) { group in
            var started = 0
            var total = queue.count
            while true {
                while started - parts.count < Self.width, !queue.isEmpty {
                    let (number, batch) = (started, Array(queue.prefix(Self.batch)))
                    queue = queue.dropFirst(batch.count)
                    group.addTask { [options] in await ask(batch, number: number, options: options, make: make) }
                    started += 1
                }
                guard let part = await group.next() else { break }
                parts.append(part)
                for reference in part.references where known.insert(reference).inserted {
                    guard let path = StorePath(anywhere: reference) else { continue }
                    queue.append(path)
                    total += 1
                }
                if followsReferences { bar.setTotal(total * caches) }
            }
        }
        parts.sort { $0.number < $1.number }
        return (parts.flatMap(\.elements), parts.lazy.compactMap(\.ledgerTrouble).first)
    }

    private func ask<Element: Sendable>(
        _ paths: [StorePath], number: Int, options: Inquirer.Options, make: (StorePath, Finding) -> Element
    ) async -> Part<Element> {
        var byKey: [LookupKey: [StorePath]] = [:]
        var keys: [LookupKey] = []
        for path in paths {
            let key = LookupKey(.storePath(path.path))
            if byKey[key] == nil { keys.append(key) }
            byKey[key, default: []].append(path)
        }
        let result = await inquirer.inquire(
            keys, subjects: byKey.mapValues { $0.map { .storePath($0.path) } }, options: options)
        var made: [StorePath: Element] = [:]
        made.reserveCapacity(paths.count)
        var references: [String] = []
        for finding in result.findings {
            for path in byKey[finding.key] ?? [] {
                made[path] = make(path, finding)
                guard followsReferences, let verdict = finding.verdict(on: .storePath(path.path)) else { continue }
                references += verdict.agreed?.references ?? []
            }
        }
        return Part(
            number: number, elements: paths.compactMap { made[$0] }, references: references,
            ledgerTrouble: result.ledgerTrouble)
    }
}

extension StorePath {
    /// A path of Nix's store or of Guix's.
    init?(anywhere path: String) {
        guard let found = (try? StorePath(path, in: .nix)) ?? (try? StorePath(path, in: .gnu)) else { return nil }
        self = found
    }
}
