internal import DurableFiles
package import StoreFormats

/// What a garbage collection may take.
package struct GCOptions: Sendable, Hashable {
    /// Whether the derivation of a path that stays also stays.
    package var keepsDerivations: Bool
    /// Whether the outputs of a derivation that stays also stay.
    package var keepsOutputs: Bool
    /// Only says what would go.
    package var isDryRun: Bool
    /// Stops when paths of this many bytes were removed.
    package var maximumBytes: UInt64?

    package init(
        keepsDerivations: Bool = true, keepsOutputs: Bool = false, isDryRun: Bool = false, maximumBytes: UInt64? = nil
    ) {
        self.keepsDerivations = keepsDerivations
        self.keepsOutputs = keepsOutputs
        self.isDryRun = isDryRun
        self.maximumBytes = maximumBytes
    }
}

/// What a garbage collection took.
package struct GCResult: Sendable, Hashable {
    /// Sorted.
    package let removed: [StorePath]
    /// Their contents, in bytes of NARs.
    package let narBytes: UInt64
    /// Leftovers in the store's folder that were no valid paths.
    package let leftovers: Int
    /// Paths that stay.
    package let kept: Int
}

/// Decides what goes.
struct GarbageChoice {
    let graph: StoreGraph
    let indexes: [StorePath: Int32]

    init(_ graph: StoreGraph) {
        self.graph = graph
        indexes = graph.indexes()
    }

    /// What the roots keep, directly or not.
    func live(roots: some Sequence<StorePath>, options: GCOptions) -> [Bool] {
        var isLive = [Bool](repeating: false, count: graph.nodes.count)
        var work: [Int32] = []
        func mark(_ node: Int32) {
            guard !isLive[Int(node)] else { return }
            isLive[Int(node)] = true
            work.append(node)
        }
        var outputs: [StorePath: [Int32]] = [:]
        if options.keepsOutputs {
            for (index, node) in graph.nodes.enumerated() {
                if let deriver = node.deriver { outputs[deriver, default: []].append(Int32(index)) }
            }
        }
        for root in roots {
            if let node = indexes[root] { mark(node) }
        }
        while let node = work.popLast() {
            for reference in graph.references[Int(node)] { mark(reference) }
            let known = graph.nodes[Int(node)]
            if options.keepsDerivations, let deriver = known.deriver, let drv = indexes[deriver] { mark(drv) }
            if options.keepsOutputs, known.path.isDerivation {
                for output in outputs[known.path] ?? [] { mark(output) }
            }
        }
        return isLive
    }

    /// Those that are not live, who refers to others first, as many as the limit allows: what is left never refers to
    /// what is gone.
    func dead(_ isLive: [Bool], maximumBytes: UInt64?) -> [Int32] {
        let all = (0..<Int32(graph.nodes.count)).filter { !isLive[Int($0)] }
        let order = GraphOrder.closure(from: all, count: graph.nodes.count) { graph.references[Int($0)] }
        var bytes: UInt64 = 0
        var dead: [Int32] = []
        for node in order.reversed() where !isLive[Int(node)] {
            if let maximumBytes, bytes >= maximumBytes { break }
            bytes += graph.nodes[Int(node)].narSize
            dead.append(node)
        }
        return dead
    }
}

extension LocalStore {
    private var links: RootLinks {
        let presence = presence
        return RootLinks(layout: layout) { presence.stagingPath("link") }
    }

    /// Links the store's folder to a path, so that it stays.
    /// - Returns: The link.
    @discardableResult
    package func addRoot(_ path: StorePath, name: String) throws(LocalStoreError) -> String {
        try links.add(path, name: name)
    }

    /// Notes a link that the caller has made somewhere: what it leads to stays as long as it leads there.
    package func addIndirectRoot(link: String) throws(LocalStoreError) {
        try links.addIndirect(link)
    }

    /// Removes a link that ``addRoot(_:name:)`` has made.
    package func removeRoot(name: String) throws(LocalStoreError) { try links.remove(name: name) }

    /// Everything that keeps paths alive now.
    package func roots() async throws(LocalStoreError) -> [GCRoot] {
        let (layout, links) = (layout, links)
        return try await OffThread.run { () throws(LocalStoreError) in
            let temporary = try ProcessPresence.protectedPaths(in: layout).sorted()
            return try links.all(prune: false)
                + temporary.map { GCRoot(kind: .temporary, link: layout.temporaryRoots, path: $0) }
        }
    }

    /// Removes what no root needs, and leftovers that never became valid.
    package func collectGarbage(_ options: GCOptions = GCOptions()) async throws(LocalStoreError) -> GCResult {
        try await forget(isDryRun: options.isDryRun, leftovers: options.maximumBytes == nil) { choice, roots in
            choice.dead(choice.live(roots: roots, options: options), maximumBytes: options.maximumBytes)
        }
    }

    /// Removes these paths and no others.
    /// - Throws: `alive` when a root needs one of them, or another path refers to it; `notValid`.
    package func delete(_ paths: [StorePath]) async throws(LocalStoreError) -> GCResult {
        try await forget(isDryRun: false, leftovers: false) { choice, roots throws(LocalStoreError) in
            let isLive = choice.live(roots: roots, options: GCOptions(keepsDerivations: false))
            var wanted: Set<Int32> = []
            for path in paths {
                guard let node = choice.indexes[path] else {
                    throw LocalStoreError(.notValid, "\(path): not in the store \(self.folder)")
                }
                guard !isLive[Int(node)] else {
                    throw LocalStoreError(.alive, "\(path): still needed by a root; list the roots to see which")
                }
                wanted.insert(node)
            }
            for (node, references) in choice.graph.references.enumerated() where !wanted.contains(Int32(node)) {
                for reference in references where wanted.contains(reference) {
                    throw LocalStoreError(
                        .alive,
                        "\(choice.graph.nodes[Int(reference)].path): \(choice.graph.nodes[node].path) refers to it")
                }
            }
            return wanted.sorted()
        }
    }

    private func forget(
        isDryRun: Bool, leftovers: Bool,
        choose: @escaping @Sendable (GarbageChoice, Set<StorePath>) throws(LocalStoreError) -> [Int32]
    ) async throws(LocalStoreError) -> GCResult {
        let (layout, links, database, isDurable) = (layout, links, database, options.isDurable)
        return try await OffThread.run { () throws(LocalStoreError) in
            // Alone: nobody adds to what is needed, or puts anything into place, until the dead are out of sight.
            var lock: HeldLock? = try HeldLock.wait(layout.garbageLock, .exclusive)
            let standing = try links.all(prune: !isDryRun)
            let roots = try ProcessPresence.protectedPaths(in: layout).union(standing.map(\.path))
            var dead: [StoreGraph.Node] = []
            var kept = 0
            try database.forget { graph throws(LocalStoreError) in
                let choice = GarbageChoice(graph)
                dead = try choose(choice, roots).map { graph.nodes[Int($0)] }
                kept = graph.nodes.count - dead.count
                return isDryRun ? [] : dead.map(\.path)
            }
            var leftoverCount = 0
            if !isDryRun {
                // Before a tree goes, it has to be forgotten for good: power may fail at any moment.
                if isDurable, !dead.isEmpty { try database.synchronize() }
                for node in dead where node.origin != .host {
                    try TrashFolder.move(layout.physicalPath(of: node.path), layout)
                }
                if leftovers { leftoverCount = try Self.moveLeftovers(layout, database) }
                withExtendedLifetime(lock) {}
                lock = nil
                try TrashFolder.empty(layout)
            }
            return GCResult(
                removed: dead.map(\.path).sorted(), narBytes: dead.reduce(0) { $0 + $1.narSize },
                leftovers: leftoverCount, kept: kept)
        }
    }

    /// Moves what stands in the store's folder, is not valid and is not being made.
    private static func moveLeftovers(
        _ layout: StoreLayout, _ database: any StoreDatabase
    ) throws(LocalStoreError) -> Int {
        var count = 0
        for directory in StoreLayout.directories {
            let folder = layout.physicalFolder(of: directory)
            let names: [String]
            do throws(FileFailure) {
                names = try Directory.names(in: folder)
            } catch {
                throw LocalStoreError(error)
            }
            let paths = Dictionary(
                names.map { ($0, StorePath(anywhere: "\(directory.path)/\($0)")) }, uniquingKeysWith: { $1 })
            let valid = try database.validNow(among: paths.values.compactMap { $0 })
            for (name, path) in paths {
                if let path {
                    guard !valid.contains(path), try PathLocks.attempt([path], in: layout.locks) != nil else {
                        continue
                    }
                }
                try TrashFolder.move("\(folder)/\(name)", layout)
                count += 1
            }
        }
        return count
    }
}
