internal import LocalStore
internal import StoreFormats

/// Puts what a planner found into an order in which it can be done.
enum PlanOrder {
    /// One thing to do.
    enum Item: Hashable {
        case build(StorePath)
        case fetch(StorePath)
    }

    static func ordered(
        _ plan: BuildPlan, builds: [StorePath: [StorePath]], neededOutputs: [StorePath: Set<String>],
        offers: [StorePath: SubstituteOffer], makers: [StorePath: StorePath]
    ) throws(BuildingError) -> BuildPlan {
        var plan = plan
        /// What makes a path, when anything of this plan does.
        func item(for path: StorePath) -> Item? {
            if offers[path] != nil { return .fetch(path) }
            guard plan.present[path] == nil, plan.host[path] == nil, let maker = makers[path], builds[maker] != nil
            else { return nil }
            return .build(maker)
        }
        var needs: [Item: Set<Item>] = [:]
        for (derivation, inputs) in builds { needs[.build(derivation)] = Set(inputs.compactMap(item)) }
        for (path, offer) in offers {
            needs[.fetch(path)] = Set(offer.info.references.lazy.filter { $0 != path }.compactMap(item))
        }
        for item in try sorted(needs) {
            let before = needs[item] ?? []
            let builds = before.compactMap { if case .build(let path) = $0 { path } else { nil } }.sorted()
            let fetches = before.compactMap { if case .fetch(let path) = $0 { path } else { nil } }.sorted()
            switch item {
            case .build(let derivation):
                plan.builds.append(
                    BuildPlan.Build(
                        derivation: derivation, neededOutputs: (neededOutputs[derivation] ?? []).sorted(),
                        builds: builds, fetches: fetches))
            case .fetch(let path):
                guard let offer = offers[path] else { continue }
                plan.fetchIndex[path] = plan.fetches.count
                plan.fetches.append(BuildPlan.Fetch(offer: offer, fetches: fetches, builds: builds))
            }
        }
        return plan
    }

    /// The items, each behind those it needs; among those that are free in the order of their paths, so that two runs do
    /// the same.
    private static func sorted(_ needs: [Item: Set<Item>]) throws(BuildingError) -> [Item] {
        var waiting = needs.mapValues(\.count)
        var users: [Item: [Item]] = [:]
        for (item, before) in needs { for other in before { users[other, default: []].append(item) } }
        var free = waiting.filter { $0.value == 0 }.map(\.key).sorted(by: precedes)
        var ordered: [Item] = []
        ordered.reserveCapacity(needs.count)
        while !free.isEmpty {
            ordered += free
            var next: [Item] = []
            for item in free {
                for user in users[item] ?? [] {
                    waiting[user, default: 0] -= 1
                    if waiting[user] == 0 { next.append(user) }
                }
            }
            free = next.sorted(by: precedes)
        }
        guard ordered.count == needs.count else {
            throw BuildingError(.invalidDerivation, "derivations or references of caches need each other in a circle")
        }
        return ordered
    }

    private static func precedes(_ left: Item, _ right: Item) -> Bool { path(left) < path(right) }

    private static func path(_ item: Item) -> StorePath {
        switch item {
        case .build(let path), .fetch(let path): path
        }
    }
}
