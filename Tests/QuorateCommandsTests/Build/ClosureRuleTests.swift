import StoreFormats
import Testing

@testable import QuorateCommands

@Suite("Nothing is fetched whose references are not accepted")
struct ClosureRuleTests {
    private func path(_ name: Character) throws -> StorePath {
        try StorePath("/nix/store/0c5ksl9qdnq1z7ab0v4rmvllqkmlb2n5-\(name)")
    }

    /// Graphs as `referrer: references`, and what may be fetched.
    @Test(
        arguments: [
            (["a": ""], "a"),
            (["a": "a"], "a"),
            (["a": "b"], ""),
            (["a": "b", "b": ""], "ab"),
            (["a": "b", "b": "c", "d": ""], "d"),
            (["a": "b", "b": "a"], "ab"),
            (["a": "b", "b": "ac"], ""),
            (["a": "bc", "b": "d", "c": "d", "d": ""], "abcd"),
            (["a": "bc", "b": "d", "c": "e", "d": "", "e": "x"], "bd"),
        ] as [([Character: String], String)])
    func table(references: [Character: String], expected: String) throws {
        var graph: [StorePath: [StorePath]] = [:]
        for (name, targets) in references { graph[try path(name)] = try targets.map(path) }
        #expect(ClosureRule.installable(graph) == Set(try expected.map(path)))
    }

    @Test("A chain of 100,000 is no matter") func long() throws {
        let names = (0..<100_000).map { "n\($0)" }
        let paths = try names.map { try StorePath("/nix/store/0c5ksl9qdnq1z7ab0v4rmvllqkmlb2n5-\($0)") }
        var graph: [StorePath: [StorePath]] = [:]
        for (path, next) in zip(paths, paths.dropFirst()) { graph[path] = [next] }
        #expect(ClosureRule.installable(graph).isEmpty)
        graph[paths[99_999]] = []
        #expect(ClosureRule.installable(graph).count == 100_000)
    }
}
