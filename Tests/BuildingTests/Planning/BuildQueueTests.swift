import LocalStore
import StoreFormats
import Testing

@testable import Building

@Suite struct BuildQueueTests {
    private static func path(_ name: String) -> StorePath {
        let digits = name + String(repeating: "0", count: 32 - name.count)
        return (try? StorePath(baseName: "\(digits)-\(name)", in: .nix)) ?? fallback
    }

    private static let fallback: StorePath = {
        guard let path = try? StorePath("/nix/store/00000000000000000000000000000000-x", in: .nix) else {
            preconditionFailure()
        }
        return path
    }()

    /// A plan of builds by one-letter names, each with the builds that it needs.
    private func plan(_ needs: [String: [String]]) throws -> BuildPlan {
        var builds: [StorePath: [StorePath]] = [:]
        var makers: [StorePath: StorePath] = [:]
        for (name, inputs) in needs {
            builds[Self.path(name)] = inputs.map(Self.path)
            makers[Self.path(name)] = Self.path(name)
        }
        return try PlanOrder.ordered(BuildPlan(), builds: builds, neededOutputs: [:], offers: [:], makers: makers)
    }

    @Test func ordersWhatIsNeededFirst() throws {
        let plan = try plan(["d": ["b", "c"], "b": ["a"], "c": ["a"], "a": []])
        #expect(plan.builds.map(\.derivation.name) == ["a", "b", "c", "d"])
        #expect(plan.builds[3].builds == [Self.path("b"), Self.path("c")])
    }

    @Test func refusesCircles() {
        #expect(throws: BuildingError(.invalidDerivation, "")) { try plan(["a": ["b"], "b": ["a"], "c": []]) }
    }

    @Test func givesOutWhatIsReady() throws {
        var queue = BuildQueue(try plan(["d": ["b", "c"], "b": ["a"], "c": ["a"], "a": []]))
        #expect(queue.nextBuild()?.name == "a")
        #expect(queue.nextBuild() == nil)
        queue.succeeded(.build(Self.path("a")))
        #expect(queue.nextBuild()?.name == "b")
        #expect(queue.nextBuild()?.name == "c")
        #expect(queue.nextBuild() == nil)
        queue.succeeded(.build(Self.path("b")))
        #expect(queue.nextBuild() == nil)
        queue.succeeded(.build(Self.path("c")))
        #expect(queue.openCount == 1)
        #expect(queue.nextBuild()?.name == "d")
        queue.succeeded(.build(Self.path("d")))
        #expect(queue.openCount == 0)
    }

    @Test func failureTakesWhatNeedsIt() throws {
        var queue = BuildQueue(try plan(["d": ["b", "c"], "b": ["a"], "c": [], "a": [], "e": ["d"]]))
        #expect(queue.nextBuild()?.name == "a")
        let lost = queue.failed(.build(Self.path("a")))
        #expect(Set(lost.map(\.item)) == [.build(Self.path("b")), .build(Self.path("d")), .build(Self.path("e"))])
        #expect(lost.first?.needed == .build(Self.path("a")))
        #expect(queue.openCount == 1)
        #expect(queue.nextBuild()?.name == "c")
        queue.succeeded(.build(Self.path("c")))
        #expect(queue.nextBuild() == nil)
        #expect(queue.openCount == 0)
    }

    /// Random graphs: everything is given out once, and never before what it needs.
    @Test(arguments: 0..<20) func orderHolds(_ seed: UInt64) throws {
        var random = SystemRandomNumberGenerator()
        var needs: [String: [String]] = [:]
        let names = "abcdfghijklmnpqrsvwxyz".map(String.init)
        for (index, name) in names.enumerated() {
            needs[name] = names[..<index].filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
        }
        var queue = BuildQueue(try plan(needs))
        var running: [StorePath] = []
        var done: Set<String> = []
        while true {
            while let next = queue.nextBuild() {
                #expect(needs[next.name]?.allSatisfy(done.contains) == true)
                running.append(next)
            }
            guard let finished = running.randomElement(using: &random) else { break }
            running.removeAll { $0 == finished }
            done.insert(finished.name)
            queue.succeeded(.build(finished))
        }
        #expect(done.count == names.count && queue.openCount == 0)
    }
}
