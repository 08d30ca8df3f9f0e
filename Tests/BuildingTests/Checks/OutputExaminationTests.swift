import LocalStore
import StoreFormats
import Testing

@testable import Building

@Suite struct OutputExaminationTests {
    private static func path(_ name: String) throws -> StorePath {
        let digits = name + String(repeating: "0", count: 32 - name.count)
        return try StorePath(baseName: "\(digits)-\(name)", in: .nix)
    }

    /// The inputs: `a` refers to `b`, `b` to `c`; 100 bytes each.
    private func graph() throws -> InputGraph {
        let (a, b, c) = (try Self.path("a"), try Self.path("b"), try Self.path("c"))
        return SampleGraph.graph([
            SampleGraph.info(a, 100, [b]), SampleGraph.info(b, 100, [c]), SampleGraph.info(c, 100),
        ])
    }

    /// What is wrong with outputs that refer to these: names of inputs or outputs.
    private func objection(
        _ outputs: [String: [String]], _ environment: [String: String]
    ) throws -> BuildFailure.Kind? {
        var maker = DerivationMaker()
        let drv = try maker.make("x", builder: "/x", outputs: outputs.keys.sorted(), environment: environment)
        let derivation = try #require(maker.derivations[drv])
        var found: [String: OutputExamination.Found] = [:]
        for (name, references) in outputs {
            var paths: [StorePath] = []
            for reference in references {
                paths.append(try derivation.output(named: reference)?.path ?? Self.path(reference))
            }
            found[name] = .init(
                path: try maker.output(name, of: drv), narHash: SampleGraph.hash, narSize: 1000, references: paths)
        }
        let attributes = try DerivationAttributes(derivation, flavor: .nix)
        return try OutputExamination(outputs: found, attributes: attributes, graph: graph()).objection()
    }

    /// The names of the paths that are refused; "ok" when none is.
    private func refused(_ outputs: [String: [String]], _ environment: [String: String]) throws -> String {
        switch try objection(outputs, environment) {
        case .none: return "ok"
        case .forbiddenReferences(_, let paths): return paths.map(\.name).joined(separator: " ")
        case .some(let kind): return "\(kind)"
        }
    }

    private func expand(_ text: String) throws -> String {
        try text.split(separator: " ").map { word in
            word.count == 1 ? try Self.path(String(word)).path : String(word)
        }.joined(separator: " ")
    }

    @Test(arguments: [
        ("a", "allowedReferences", "a", "ok"), ("a", "allowedReferences", "", "a"),
        ("a b", "allowedReferences", "a", "b"), ("", "allowedReferences", "", "ok"),
        ("out", "allowedReferences", "", "x"), ("out", "allowedReferences", "out", "ok"),
        ("a", "allowedReferences", "a b", "ok"), ("a", "allowedRequisites", "a", "b c"),
        ("a", "allowedRequisites", "a b c", "ok"), ("a out", "allowedRequisites", "a b c", "ok"),
        ("out", "allowedRequisites", "", "ok"), ("a", "disallowedReferences", "a", "a"),
        ("a", "disallowedReferences", "b", "ok"), ("out", "disallowedReferences", "out", "x"),
        ("a", "disallowedRequisites", "c", "c"), ("b", "disallowedRequisites", "a", "ok"),
        ("out", "disallowedRequisites", "out", "ok"),
    ])
    func lists(_ references: String, _ list: String, _ words: String, _ expected: String) throws {
        let names = references.split(separator: " ").map(String.init)
        #expect(try refused(["out": names], [list: try expand(words)]) == expected)
    }

    @Test func listsAreForEveryOutput() throws {
        #expect(try refused(["out": ["a"], "dev": ["out"]], ["allowedReferences": try expand("a")]) == "x")
        #expect(try refused(["out": ["a"], "dev": ["out"]], ["allowedReferences": try expand("a out")]) == "ok")
    }

    @Test(arguments: ["nonsense", "/nix/store", "/tmp/x", "dev2"])
    func refusesWordsWithoutMeaning(_ word: String) {
        #expect(throws: BuildingError(.invalidAttribute, "")) {
            try objection(["out": []], ["allowedReferences": word])
        }
    }

    @Test(arguments: [
        (#"{"allowedReferences":[]}"#, "a"), (#"{"maxSize":999}"#, "size"), (#"{"maxSize":1000}"#, "ok"),
        (#"{"maxClosureSize":1299}"#, "closure"), (#"{"maxClosureSize":1300}"#, "ok"),
        (#"{"allowedRequisites":["out"]}"#, "a b c"), (#"{}"#, "ok"), (#"{"ignoreSelfRefs":true}"#, "ok"),
    ])
    func outputChecks(_ checks: String, _ expected: String) throws {
        let environment = ["__json": #"{"outputChecks":{"out":\#(checks)},"allowedReferences":[]}"#]
        let kind = try objection(["out": ["a"], "dev": ["a"]], environment)
        switch kind {
        case .none: #expect(expected == "ok")
        case .forbiddenReferences(_, let paths): #expect(paths.map(\.name).joined(separator: " ") == expected)
        case .outputTooLarge(_, 1000, 999): #expect(expected == "size")
        case .closureTooLarge(_, 1300, 1299): #expect(expected == "closure")
        case .some(let kind): Issue.record("\(kind)")
        }
    }

    /// With structured attributes an output counts among its own requisites.
    @Test func structuredChecksCountTheOutputItself() throws {
        let environment = ["__json": #"{"outputChecks":{"out":{"allowedRequisites":[]}}}"#]
        #expect(try refused(["out": []], environment) == "x")
    }

    @Test(arguments: [
        #"{"outputChecks":1}"#, #"{"outputChecks":{"out":1}}"#, #"{"outputChecks":{"out":{"maxSize":"1"}}}"#,
        #"{"outputChecks":{"out":{"maxSize":-1}}}"#, #"{"outputChecks":{"out":{"allowedReferences":"out"}}}"#,
        #"{"outputChecks":{"out":{"allowedReferences":[1]}}}"#,
    ])
    func refusesChecks(_ json: String) {
        #expect(throws: BuildingError(.invalidAttribute, "")) { try objection(["out": []], ["__json": json]) }
    }

    @Test func findsCycles() throws {
        guard case .outputCycle(let paths) = try objection(["out": ["dev"], "dev": ["out"], "doc": ["out"]], [:]) else {
            Issue.record("no cycle")
            return
        }
        #expect(paths.map(\.name).contains("x-dev"))
        #expect(try objection(["out": ["out"], "dev": ["out", "dev"]], [:]) == nil)
    }
}
