internal import LocalStore
internal import StoreFormats

/// Which items of a plan may begin. A pure state machine: whoever drives it does the work and tells what came of it.
struct BuildQueue {
    typealias Item = PlanOrder.Item

    /// What an item waits for, as a number, and who waits for it.
    private struct Node {
        var waitsFor: Int
        var users: [Item]
        var isOver = false
    }

    private var nodes: [Item: Node] = [:]
    private var readyBuilds: [StorePath] = []
    private var readyFetches: [StorePath] = []
    /// How far each list is taken; what is behind is not moved, so that long lists stay cheap.
    private var takenBuilds = 0
    private var takenFetches = 0
    /// Items that are neither over nor failed.
    private(set) var openCount: Int

    init(_ plan: BuildPlan) {
        for build in plan.builds {
            nodes[.build(build.derivation)] = Node(waitsFor: build.builds.count + build.fetches.count, users: [])
        }
        for fetch in plan.fetches {
            nodes[.fetch(fetch.offer.info.path)] = Node(waitsFor: fetch.builds.count + fetch.fetches.count, users: [])
        }
        openCount = nodes.count
        for build in plan.builds {
            link(.build(build.derivation), builds: build.builds, fetches: build.fetches)
        }
        for fetch in plan.fetches {
            link(.fetch(fetch.offer.info.path), builds: fetch.builds, fetches: fetch.fetches)
        }
        for build in plan.builds where nodes[.build(build.derivation)]?.waitsFor == 0 {
            readyBuilds.append(build.derivation)
        }
        for fetch in plan.fetches where nodes[.fetch(fetch.offer.info.path)]?.waitsFor == 0 {
            readyFetches.append(fetch.offer.info.path)
        }
    }

    private mutating func link(_ item: Item, builds: [StorePath], fetches: [StorePath]) {
        for other in builds { nodes[.build(other)]?.users.append(item) }
        for other in fetches { nodes[.fetch(other)]?.users.append(item) }
    }

    /// The next derivation whose inputs are all there; each is given out once.
    mutating func nextBuild() -> StorePath? {
        while takenBuilds < readyBuilds.count {
            let derivation = readyBuilds[takenBuilds]
            takenBuilds += 1
            // It may have failed in between, together with something that it needs.
            if nodes[.build(derivation)]?.isOver == false { return derivation }
        }
        return nil
    }

    /// The next path to fetch whose references are all there.
    mutating func nextFetch() -> StorePath? {
        while takenFetches < readyFetches.count {
            let path = readyFetches[takenFetches]
            takenFetches += 1
            if nodes[.fetch(path)]?.isOver == false { return path }
        }
        return nil
    }

    /// An item ended well: what waited for nothing else is ready.
    mutating func succeeded(_ item: Item) {
        guard let node = nodes[item], !node.isOver else { return }
        nodes[item]?.isOver = true
        openCount -= 1
        for user in node.users {
            nodes[user]?.waitsFor -= 1
            guard let waiting = nodes[user], waiting.waitsFor == 0, !waiting.isOver else { continue }
            switch user {
            case .build(let derivation): readyBuilds.append(derivation)
            case .fetch(let path): readyFetches.append(path)
            }
        }
    }

    /// An item failed: everything that needs it fails with it.
    ///
    /// - Returns: What fails with it, and what each of them needed.
    mutating func failed(_ item: Item) -> [(item: Item, needed: Item)] {
        var lost: [(Item, Item)] = []
        var queue = [item]
        if nodes[item]?.isOver == false {
            nodes[item]?.isOver = true
            openCount -= 1
        }
        while let current = queue.popLast() {
            for user in nodes[current]?.users ?? [] where nodes[user]?.isOver == false {
                nodes[user]?.isOver = true
                openCount -= 1
                lost.append((user, current))
                queue.append(user)
            }
        }
        return lost
    }
}
